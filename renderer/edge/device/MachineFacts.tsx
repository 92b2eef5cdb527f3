import { useTranslation } from 'react-i18next'
import { useMachine } from '../client/deploy.ts'
import type { Machine } from '../client/hardware.ts'
import { Pending } from '../frame/Pending.tsx'
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

function Facts({ of: { system, os, cpu, memory, disk, gpus, load, temperatureC } }: { of: Machine }) {
  const { t } = useTranslation()
  const format = useFormat()
  const left = (available: number, of: number) =>
    t('machine.free', { free: format.bytes(available), of: format.bytes(of) })
  const rows: [key: string, words: string, value: string | null][] = [
    ['system', t('machine.system'), `${system.manufacturer} ${system.model}`.trim() || null],
    ['os', t('machine.os'), `${os.distribution} ${os.release}, ${os.arch}`],
    ['cpu', t('machine.cpu'), `${cpu.brand}, ${t('machine.threads', { count: cpu.usable })}`],
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
