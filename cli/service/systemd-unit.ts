import { posix } from 'node:path'
import { edgeArguments, refusal, type ServiceNote, type ServiceSpec } from './spec.ts'

export const unitName = 'edgewright.service'
export const unitPath = `/etc/systemd/system/${unitName}`
export const serviceUser = 'edgewright'
export const defaultDataDir = '/var/lib/edgewright'

/** Folders that the sandbox below hides from the service (ProtectHome, PrivateTmp). */
const hidden = ['/home', '/root', '/run/user', '/tmp', '/var/tmp']

/** Whether systemd itself makes the data folder: `NAME` for /var/lib/NAME. */
export function stateDirectory(dataDir: string): string | undefined {
  return /^\/var\/lib\/([\w.-]+)$/.exec(posix.normalize(dataDir))?.[1]
}

/** Refuses paths that the service could not see. */
export function checkPlaces(spec: ServiceSpec): void {
  for (const [what, path] of [
    ['Node', spec.node],
    ['the program', spec.script],
    ['the data folder', spec.dataDir],
  ] as const) {
    const within = hidden.find((folder) => `${posix.normalize(path)}/`.startsWith(`${folder}/`))
    if (within)
      throw refusal(
        `a service cannot use ${what} at ${path}: it does not see ${within}`,
        what === 'the data folder'
          ? `Choose another with --data, such as ${defaultDataDir}.`
          : 'Install Edgewright from its package, or unpack it in /opt, and use that one.',
      )
  }
}

/** One word of a command line or list in a unit file. `%` starts a specifier there. Source: systemd.syntax(7). */
export function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`
}

const outward = '# It answers on loopback, and fetches signed updates (install --network).'
const inward = `# It answers on loopback and calls nobody; install --network lets it fetch signed updates.
IPAddressDeny=any
IPAddressAllow=localhost`

/**
 * The unit of the headless edge.
 *
 * A user of its own rather than DynamicUser: the data has one owner that stays, also in a folder that --data names, in a
 * backup, and after `uninstall`. Nobody else enters the data folder (0700), so only root and the service read its token.
 */
export function systemdUnit(spec: ServiceSpec): string {
  const state = stateDirectory(spec.dataDir)
  const command = [spec.node, ...edgeArguments(spec)].map(quoted).join(' ')
  return `# Written by: edgewright service install. That command replaces this file; systemctl edit keeps what you add.
[Unit]
Description=Edgewright edge runtime
RequiresMountsFor=${quoted(spec.dataDir)}
# A port that is taken for an hour must not end the service for good.
StartLimitIntervalSec=0

[Service]
# ":" leaves dollar signs as they are.
ExecStart=:${command}
User=${serviceUser}
Group=${serviceUser}
${state === undefined ? `ReadWritePaths=${quoted(spec.dataDir)}` : `StateDirectory=${state}\nStateDirectoryMode=0700`}
UMask=0077
Environment=NODE_ENV=production
# At its start it prints a link that signs one browser in; the journal has other readers.
StandardOutput=null
StandardError=journal

Restart=on-failure
RestartSec=2
# SIGTERM goes to the runtime alone, which ends its lanes in order.
KillMode=mixed
TimeoutStopSec=30
# The runtime starts a lane anew that ran out of memory; the rest goes on.
OOMPolicy=continue

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectProc=invisible
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
${spec.network ? outward : inward}
# Absent: MemoryDenyWriteExecute (V8 compiles at run time), PrivateDevices (a GPU is a device).

[Install]
WantedBy=multi-user.target

# systemd passes over sections with this prefix; edgewright service status reads it.
[X-Edgewright]
Data=${spec.dataDir}
Port=${spec.port}
`
}

/** What `systemdUnit` noted; undefined where this unit is none of its making. */
export function readUnit(text: string): ServiceNote | undefined {
  // A line of a unit ends with a newline only; a dot would stop at U+2028 too.
  const note = /^\[X-Edgewright\]\nData=([^\n]+)\nPort=(\d+)$/m.exec(text)
  return note ? { dataDir: note[1]!, port: Number(note[2]) } : undefined
}
