import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** A schema's complaints as sentences, each with the path at which it stands. */
export function inWords(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${where(issue.path) || 'the file'}: ${what(issue)}`)
}

/** inputs.features[2].name */
function where(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  )
}

function what(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined && /received undefined/.test(issue.message)
        ? `is missing (${issue.expected} is needed)`
        : `must be ${article(issue.expected)}`
    case 'unrecognized_keys':
      return `${issue.keys.map((key) => `"${key}"`).join(', ')} ${issue.keys.length === 1 ? 'is' : 'are'} not known here`
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
    case 'too_small':
      return issue.origin === 'string'
        ? 'must not be empty'
        : `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${issue.origin === 'array' ? ' entries long' : ''}`
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${issue.origin === 'array' ? ' entries' : issue.origin === 'string' ? ' characters' : ''}`
    case 'invalid_format':
      return issue.message.startsWith('Invalid') ? 'is not written as it must be' : `must be ${issue.message}`
    case 'invalid_union':
      return union(issue.errors)
    default:
      return issue.message
  }
}

function union(alternatives: readonly (readonly Issue[])[]): string {
  const sentences = alternatives.map((issues) =>
    issues
      .map((issue) => `${issue.path.length > 0 ? `${where(issue.path)} ` : ''}${what(issue)}`)
      .join(' and '),
  )
  return [...new Set(sentences)].join(', or ') || 'has none of the forms that it may have'
}

const article = (type: string) =>
  type === 'object' || type === 'array' || type === 'int'
    ? `an ${type === 'int' ? 'integer' : type}`
    : `a ${type}`
