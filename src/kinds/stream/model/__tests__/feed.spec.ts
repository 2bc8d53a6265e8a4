import { asState, servedState } from '../../../../model/preview/__tests__/samples';
import { StreamFeed } from '../feed';

it('a feed tells why its question was not answered', async () => {
  const feed = new StreamFeed({
    state: asState(servedState()),
    api: {
      stream: () => Promise.reject(new Error('no such stream')),
      actOnStream: () => Promise.reject(new Error('not asked'))
    },
    key: 'STREAM /mean'
  });
  const answered = new Promise<void>(resolve => feed.changed.connect(() => resolve()));
  feed.watch(true);
  await answered;
  expect(feed.failure).toBe('no such stream');
  feed.dispose();
});
