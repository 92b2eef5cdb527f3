import { BlockList, isIP, isIPv4 } from 'node:net'

/**
 * Which addresses this server may call for a webhook. Whoever registers one chooses where this server sends requests to, from
 * within its own network (OWASP, "Server Side Request Forgery Prevention").
 */
export interface AllowedAddresses {
  /** Lower-case host names that may stand for a private address. */
  hosts: ReadonlySet<string>
  networks: BlockList
}

const list = (...networks: string[]): BlockList => {
  const result = new BlockList()
  for (const network of networks) add(result, network)
  return result
}

function add(to: BlockList, network: string): void {
  const [address = '', bits] = network.split('/')
  const type = isIPv4(address) ? 'ipv4' : 'ipv6'
  to.addSubnet(address, bits === undefined ? (type === 'ipv4' ? 32 : 128) : Number(bits), type)
}

/** Never called, whatever is allowed: this network itself, link-local with the clouds' metadata, multicast, reserved; RFC 6890. */
const never = list(
  ...['0.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '100.100.100.200', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::', 'fe80::/10', 'fec0::/10', 'ff00::/8', 'fd00:ec2::254', '100::/64'],
)
/** Called only where an admin allowed it beforehand. */
const inside = list(
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '127.0.0.0/8', '198.18.0.0/15'],
  ...['fc00::/7', '::1'],
)
/** IPv6 that carries an IPv4 address somewhere within, which a gateway would call. */
const carriers = list(
  ...['64:ff9b::/96', '64:ff9b:1::/48', '2002::/16', '2001::/32', '::/96', '::ffff:0:0:0/96'],
)
const loopback = list('::1')

/** Host names, addresses and networks (`10.0.0.0/8`), apart by commas. Throws a RangeError that names what is none of them. */
export function allowedAddresses(text: string): AllowedAddresses {
  const hosts = new Set<string>()
  const networks = new BlockList()
  for (const each of text.split(',').map((one) => one.trim().toLowerCase())) {
    if (each === '') continue
    const [address = '', bits, ...more] = each.split('/')
    const most = isIPv4(address) ? 32 : 128
    if (
      isIP(address) &&
      more.length === 0 &&
      (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= most))
    )
      add(networks, each)
    else if (/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(each) && !isIP(each)) hosts.add(each)
    else
      throw new RangeError(`"${each}" is neither a host name, an address, nor a network such as 10.0.0.0/8`)
  }
  return { hosts, networks }
}

const type = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6')
const bare = (host: string) => host.toLowerCase().replace(/^\[(.*)\]$/, '$1')

/** Whether private addresses and plain http are allowed there. */
const isAllowed = (host: string, address: string, allowed: AllowedAddresses): boolean =>
  allowed.hosts.has(bare(host)) || (isIP(address) > 0 && allowed.networks.check(address, type(address)))

/** Why `address`, which `host` stands for, is not called, in words; undefined: it is. */
export function whyNotCalled(host: string, address: string, allowed: AllowedAddresses): string | undefined {
  const isLoopback = loopback.check(address, type(address)) // it lies among the carriers, and carries nothing
  if (never.check(address, type(address)) || (carriers.check(address, type(address)) && !isLoopback))
    return `${address} is never called: it is link-local, reserved, or hands on to another address`
  if (inside.check(address, type(address)) && !isAllowed(host, address, allowed))
    return `${address} lies in a private network; allow it with EDGEWRIGHT_HOOKS_ALLOW if that is meant`
  return undefined
}

/** The same of an address that somebody writes down, as far as it can be said without asking a name server. */
export function whyNotTaken(text: string, allowed: AllowedAddresses): string | undefined {
  const url = new URL(text)
  const host = bare(url.hostname)
  if (url.username !== '' || url.password !== '') return 'an address with a password in it is not taken'
  if (url.protocol === 'http:' && !isAllowed(host, host, allowed))
    return 'plain http is taken only for addresses that EDGEWRIGHT_HOOKS_ALLOW names; use https'
  return isIP(host) ? whyNotCalled(host, host, allowed) : undefined
}
