import type { ReactNode } from 'react'
import { type Block, blocks, type Inline } from './markdown.ts'

/** A model card as its author wrote it: headings begin below those of the screen, and nothing in it runs. */
export function Markdown({ text }: { text: string }) {
  return <div className="markdown">{keyed(blocks(text), (block) => shown(block))}</div>
}

/** Parts of a text that does not change: their place is their name. */
const keyed = <T,>(of: readonly T[], show: (each: T) => ReactNode): ReactNode[] =>
  of.map((each, i) => [show(each), i] as const).map(([node, i]) => <Part key={i}>{node}</Part>)

const Part = ({ children }: { children: ReactNode }) => children

function shown(block: Block): ReactNode {
  switch (block.is) {
    case 'heading':
      return block.level <= 2 ? <h3>{words(block.of)}</h3> : <h4>{words(block.of)}</h4>
    case 'paragraph':
      return <p>{words(block.of)}</p>
    case 'quote':
      return <blockquote>{words(block.of)}</blockquote>
    case 'code':
      return <pre>{block.text}</pre>
    case 'list': {
      const items = keyed(block.items, (each) => <li>{words(each)}</li>)
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>
    }
    case 'table':
      return (
        <table className="table">
          <thead>
            <tr>
              {keyed(block.head, (each) => (
                <th scope="col">{words(each)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {keyed(block.rows, (row) => (
              <tr>
                {keyed(row, (each) => (
                  <td>{words(each)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )
  }
}

const words = (of: readonly Inline[]): ReactNode => keyed(of, (each) => inline(each))

function inline(it: Inline): ReactNode {
  switch (it.is) {
    case 'text':
      return it.text
    case 'code':
      return <code>{it.text}</code>
    case 'strong':
      return <strong>{words(it.of)}</strong>
    case 'em':
      return <em>{words(it.of)}</em>
    case 'link':
      return (
        <a href={it.href} className="inline" rel="noreferrer noopener" target="_blank">
          {words(it.of)}
        </a>
      )
  }
}
