import type { Input } from '../../../../protocol';
import { socket } from '../../../../model/__tests__/samples';
import { missing, target } from '../address';

function input(name: string, changes: Partial<Input> = {}): Input {
  const common = { type: 'str', required: true, default: null, json_schema: { type: 'string' } };
  return { name, place: 'path', ...common, ...changes };
}

const ROOM_ID = input('room_id');
const NAME = input('name', { place: 'query', required: false, default: 'somebody' });
const ROOM = socket({
  key: 'WS /ws/rooms/{room_id}',
  path: '/ws/rooms/{room_id}',
  inputs: [ROOM_ID, NAME]
});

describe('the address of a client', () => {
  it.each([
    ['/a/{b}/{c:path}', { b: 'x/y', c: 'x/y z' }, '/a/x%2Fy/x/y%20z'],
    ['/n/{n:int}', { n: '3' }, '/n/3']
  ])('of %s', (path, values, wanted) => {
    expect(target({ ...ROOM, path, inputs: [] }, values)).toBe(wanted);
  });

  it('repeats a list and leaves out what is empty', () => {
    const tags = { ...NAME, name: 'tag', json_schema: { type: 'array' } };
    const subject = { ...ROOM, path: '/w', inputs: [tags, NAME] };
    expect(target(subject, { tag: 'a\nb', name: '' })).toBe('/w?tag=a&tag=b');
  });

  it('lacks what has to be given', () => {
    expect(missing(ROOM, { room_id: '', name: '' })).toEqual(['room_id']);
  });
});
