import { useTranslation } from 'react-i18next'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useMachine } from '../client/deploy.ts'
import type { Machine } from '../client/hardware.ts'
import { providerName } from '../versions/figures.ts'
import { useFormat } from '../words.ts'

/** What the machine is, as its system tells; asked again while somebody looks. */
export function MachineFacts() {
  const { t } = useTranslation()
  const machine = useMachine()
  return (
    <section>
      <h2>{t('machine.title')}</h2>
      {machine.data ? (
        <Facts of={machine.data} />
      ) : (
        <Pending error={machine.error} retry={() => void machine.refetch()} />
      )}
    </section>
  )
}

const vectorFlags = ['avx512f', 'avx512_vnni', 'avx2', 'fma', 'sse4_2', 'asimd', 'neon']

function Facts({ of }: { of: Machine }) {
  const { system, os, cpu, memory, disk, gpus, load, temperatureC, onnxruntime, providers = [] } = of
  const { t } = useTranslation()
  const format = useFormat()
  const left = (available: number, whole: number) =>
    t('machine.free', { free: format.bytes(available), of: format.bytes(whole) })
  const flags = cpu.flags.toLowerCase().split(' ')
  const named = (onBoard: boolean) =>
    providers.filter(({ bundled }) => bundled === onBoard).map(({ name }) => providerName(name))
  const off = named(false)
  const built = [
    onnxruntime,
    named(true).join(', '),
    off.length > 0 && t('machine.notOnBoard', { list: off.join(', ') }),
  ]
  const rows: [key: string, words: string, value: string | null][] = [
    ['system', t('machine.system'), `${system.manufacturer} ${system.model}`.trim() || null],
    ['os', t('machine.os'), `${os.distribution} ${os.release}, ${os.arch}`],
    ['cpu', t('machine.cpu'), `${cpu.brand}, ${t('machine.threads', { count: cpu.usable })}`],
    ['vectors', t('machine.vectors'), vectorFlags.filter((flag) => flags.includes(flag)).join(', ') || null],
    ['busy', t('machine.busy'), format.percent(load.cpuPercent / 100)],
    ['heat', t('machine.heat'), temperatureC == null ? null : `${format.number(temperatureC)} °C`],
    ['memory', t('machine.memory'), left(memory.availableBytes, memory.totalBytes)],
    ['disk', t('machine.disk'), disk ? left(disk.availableBytes, disk.sizeBytes) : t('machine.noDisk')],
    ...(gpus.length === 0
      ? [['gpu', t('machine.gpu'), t('machine.noGpu')] as [string, string, string]]
      : gpus.map((gpu, i): [string, string, string] => [
          `gpu${i}`,
          t('machine.gpu'),
          `${gpu.vendor} ${gpu.model}${gpu.driver ? `, ${gpu.driver}` : ''}`.trim(),
        ])),
    ['onnxruntime', 'ONNX Runtime', onnxruntime === undefined ? null : built.filter(Boolean).join(', ')],
  ]
  return (
    <dl className="facts">
      {rows.map(
        ([key, words, value]) =>
          value !== null && (
            <div key={key}>
              <dt>{words}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
