/**
 * What `wsdiag/server` costs a connection.
 *
 * First by itself: an application's events, from the accepted connection to its close, are played to it in this
 * process, with a logger that does nothing and one that makes JSON of each line; what the same events cost without it
 * is taken off. Then beside a real server: `ws` with sockets, with and without it, in CPU time of the server's process
 * for each cycle of dial, hello, welcome and end.
 */
import { fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { jsonLines, logConnections } from 'wsdiag/server';
import { cpuMicroseconds } from './processes.mjs';

const at = (file) => fileURLToPath(new URL(file, import.meta.url));
const MOST_MICROSECONDS = 10;
/** Until the machine code of it all is there: some ten thousand cycles. */
const WARM_UP_SECONDS = 5;
const DOCUMENT = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const SESSION = '0f8fad5b-d9cb-469f-a165-70867728950e';

export async function server(args) {
  const { values } = parseArgs({
    args,
    options: {
      connections: { type: 'string', default: '100000' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      sessions: { type: 'string', default: '200' },
    },
  });
  byItself(Number(values.connections), Number(values.rounds));
  await besideServer(Number(values.sessions), Number(values.seconds), Number(values.rounds));
}

const LOGGERS = { 'no logger': { info() {} }, 'lines of JSON': jsonLines(() => {}) };
const HELLOS = { query: playQuery, frame: playFrame };

function byItself(connections, rounds) {
  const rows = {};
  for (const [hello, play] of Object.entries(HELLOS)) {
    for (const [name, logger] of Object.entries(LOGGERS)) {
      const own = [];
      for (let round = 0; round < rounds; round++) {
        const bare = microseconds(connections, play, new EventEmitter());
        const logged = new EventEmitter();
        logConnections(logged, { logger });
        own.push(microseconds(connections, play, logged) - bare);
      }
      rows[`hello in the ${hello}, ${name}`] = {
        'µs/connection': round2(median(own)),
        rounds: own.map(round2).join(', '),
      };
      if (logger === LOGGERS['no logger']) rows[`hello in the ${hello}, ${name}`].met = met(own);
    }
  }
  console.log(`\n${connections} connections, medians of ${rounds} rounds`);
  console.table(rows);
}

const met = (own) =>
  `at most ${MOST_MICROSECONDS}: ${median(own) <= MOST_MICROSECONDS ? 'yes' : 'NO'}`;

function microseconds(connections, play, server) {
  const before = process.cpuUsage();
  for (let index = 1; index <= connections; index++) play(server, index);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / connections;
}

function accept(server, url) {
  const raw = Object.assign(new EventEmitter(), { remoteAddress: '127.0.0.1', remotePort: 40000 });
  const socket = Object.assign(new EventEmitter(), {
    readyState: 1,
    _receiver: new EventEmitter(),
  });
  server.emit('connection', socket, { url, headers: {}, socket: raw });
  return socket;
}

function end(socket) {
  socket._receiver.emit('conclude', 1001, '');
  socket.emit('close', 1001, '');
}

function playQuery(server, index) {
  const query = `?version=1&session_id=${SESSION}&connection_sequence=${index}&document_id=${DOCUMENT}`;
  end(accept(server, `/socket${query}&persistence=session`));
}

function playFrame(server, index) {
  const socket = accept(server, '/socket');
  const hello = `{"type":"hello","version":1,"session_id":"${SESSION}","connection_sequence":${index},"document_id":"${DOCUMENT}"}`;
  socket.emit('message', Buffer.from(hello), false);
  end(socket);
}

async function besideServer(sessions, seconds, rounds) {
  const costs = { bare: [], logged: [], pino: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(costs))
      costs[name].push(await cycleCost(name, sessions, seconds));
  }
  console.log(`\n${sessions} sessions that reconnect to a ws server, medians of ${rounds} rounds`);
  console.table({
    'ws alone': row(costs.bare, costs.bare),
    'with logConnections': row(costs.logged, costs.bare),
    'with logConnections, and pino that writes': row(costs.pino, costs.bare),
  });
}

function row(costs, bare) {
  const ratios = costs.map((cost, round) => cost / bare[round]);
  return {
    'server CPU, µs/cycle': Math.round(median(costs)),
    'ratio to ws alone': round2(median(ratios)),
    rounds: ratios.map(round2).join(', '),
  };
}

async function cycleCost(name, sessions, seconds) {
  const child = fork(at('bare-server.mjs'), [name]);
  const { port } = await message(child);
  const client = fork(at('bare-client.mjs'), [`ws://127.0.0.1:${port}`, String(sessions)]);
  await sleep(WARM_UP_SECONDS * 1000);
  const [before, cpuBefore] = [await ask(client), cpuMicroseconds(child.pid)];
  await sleep(seconds * 1000);
  const cpu = cpuMicroseconds(child.pid) - cpuBefore;
  const cycles = (await ask(client)) - before;
  client.disconnect();
  child.disconnect();
  return cpu / cycles;
}

const message = (child) => new Promise((resolve) => child.once('message', resolve));

async function ask(child) {
  child.send('cycles');
  return (await message(child)).cycles;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const round2 = (number) => Math.round(number * 100) / 100;
