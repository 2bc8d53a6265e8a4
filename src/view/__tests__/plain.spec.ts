import { readFileSync, readdirSync } from 'fs';
import * as path from 'path';

const SOURCE = path.resolve(__dirname, '../..');
/** The server's texts: who shows one draws its code, or leaves the marks out. */
const OF_SERVER = path.join('protocol', 'wording.ts');
/** What draws the code in a message as code. */
const DRAWN = /inline\(|<Line|<Inline|stretches\(/;

function sources(folder = SOURCE): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(each => {
    const name = path.join(folder, each.name);
    return each.isDirectory()
      ? each.name === '__tests__'
        ? []
        : sources(name)
      : /\.tsx?$/.test(name)
        ? [name]
        : [];
  });
}

describe('the words of the front end', () => {
  it('have no backticks where nothing draws them as code', () => {
    const found = sources().flatMap(name => {
      const text = readFileSync(name, 'utf8');
      const messages = text.match(/__\(\s*'[^']*'/g) ?? [];
      return DRAWN.test(text) || name.endsWith(OF_SERVER)
        ? []
        : messages.filter(each => each.includes('`'));
    });
    expect(found).toEqual([]);
  });

  it('give each id once, also where two panes are open', () => {
    const fixed = sources().flatMap(
      name => readFileSync(name, 'utf8').match(/<[a-z]+ id="[^"]*"/g) ?? []
    );
    expect(fixed).toEqual([]);
  });
});
