import { startRedis } from './lib/server/start-redis.ts';
const t0 = performance.now();
const say = (line: string) => console.log(`${((performance.now() - t0) / 1000).toFixed(2)} s  ${line}`);
try {
  const a = await startRedis({ log: say });
  say(`a ${a.url} ${a.pid}`);
  const b = await startRedis({ log: say, config: { requirepass: 'a b', maxmemory: '100mb' } });
  say(`b ${b.url}`);
  const rejected = await startRedis({ port: a.port }).catch((e) => e);
  say(rejected.message);
  say((await startRedis({ config: { nonsense: 'x' } }).catch((e) => e)).message);
  say((await startRedis({ program: '/nope' }).catch((e) => e)).message);
  await Promise.all([a.stop(), a.stop(), b.stop()]);
  say(JSON.stringify({...(await a.exited), log: undefined}));
} catch (e) { say(String(e)); }
