export { parseBody } from '#core/http/body.ts'
