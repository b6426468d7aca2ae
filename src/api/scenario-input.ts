/** Scenarios as objects: made from the schema by test/scenario/reference.test.ts. */

/** A time with its unit: `250ms`, `1.5s`, `2m`, `1h`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h'}`;

/** `40%`, or a number from 0 to 1. */
export type Share = number | `${number}%`;

/** A scenario, as a file has it: docs/scenarios.md. */
export interface ScenarioInput {
  /** Names the run directory: a-z, 0-9 and "-", at most 64 characters. */
  name: string;
  /** What the scenario shows, in a sentence. */
  description?: string;
  /** Decides every random choice. Default: a new one for each run, which prints it. */
  seed?: number;
  /** How long faults happen. What lasts longer is healed at its end. */
  duration: Duration;
  /** Everyone must be connected again within this time after the faults. Default: `10s`. */
  settle?: Duration;
  /** In a run that several workers play: by how much the clock of one may move against that of the coordinator. More leaves the verdict unknown. Default: `50ms`. */
  skew?: Duration;
  /** The clients, and how they reconnect. */
  clients: ScenarioClients;
  /** The reference server that they connect to. */
  server?: ScenarioServer;
  /** A server of your own, which they connect to instead of the reference server. */
  target?: ScenarioTarget;
  /** The faults, each with its time. */
  timeline?: readonly TimelineInput[];
  /** What must hold beside the checks. */
  expect?: ScenarioExpect;
}

/** The clients, and how they reconnect. */
export interface ScenarioClients {
  /** How many clients, each with a tab of its own. */
  count: number;
  /** What they run in: a page of that browser, with its habits, or Node, where a client hears all that comes. Default: `chromium`. */
  as?: 'chromium' | 'firefox' | 'node';
  /** Their first dials are spread evenly over this time. Default: `0s`. */
  ramp_up?: Duration;
  /** The hello travels as the first frame, or in the query string of the upgrade request. Default: `frame`. */
  handshake?: 'frame' | 'query';
  /** Waits between dials. */
  backoff?: {
    /** How the wait grows from failure to failure. Default: `full-jitter`. */
    policy?:
      | 'none'
      | 'fixed'
      | 'exponential'
      | 'full-jitter'
      | 'equal-jitter'
      | 'decorrelated-jitter'
      | 'uniform';
    /** The first wait, or its bound. Default: `250ms`. */
    base?: Duration;
    /** With `uniform`, in place of `base`: each wait is between this and `max`. Default: `250ms`. */
    min?: Duration;
    /** No wait is longer. Default: `10s`. */
    max?: Duration;
  };
  /** A dial without a welcome is given up after this time. Default: `5s`. */
  connect_timeout?: Duration;
  /** `none`: a client that never notices a dead server by itself. Default: that, as a page can’t hear pings; a timeout in Node. */
  heartbeat?:
    | 'none'
    | {
        /** The server sends each client a message this often, for pages can’t hear pings. A target has to do so by itself: of it this is only believed. */
        message?: Duration;
        /** A server not heard of for this long is taken for dead. Default: twice `message`; 30s in Node, which hears pings. */
        timeout?: Duration;
      };
  /** What resets the backoff: the socket opens, the welcome comes, or the connection lived for `min_uptime`. Default: `min_uptime`. */
  reset?: 'open' | 'welcome' | 'min_uptime';
  /** A connection that lived this long resets the backoff. Default: `1s`. */
  min_uptime?: Duration;
  /** Close codes, each with the least wait after it: `{ 1013: 30s }`. */
  wait_on?: Readonly<Record<string, Duration>>;
  /** Close codes at which a page gives up for good: `[4401, 1008]`. Its session is then neither lost nor recovered. */
  stop_on?: readonly number[];
  /** A known bug of real clients, to see that the checks find it. */
  defect?: {
    /** Which bug. */
    name:
      | 'resets-on-refresh'
      | 'starts-at-two'
      | 'never-increments'
      | 'counts-only-success'
      | 'shares-session-with-duplicate'
      | 'omits-sequence'
      | 'ignores-last-seen'
      | 'forks-in-frames';
    /** Share of the clients, chosen by the seed. */
    share?: Share;
    /** Number of clients, chosen by the seed. Neither `share` nor `count`: all of them. */
    count?: number;
  };
}

/** The reference server that they connect to. */
export interface ScenarioServer {
  /** Behind a balancer, so many of it, with a log each (`server-1.ndjson` …). What follows is of each. Default: `1`. */
  nodes?: number;
  /** Which node a connection goes to, of those that listen. Default: `round-robin`. */
  balance?: 'round-robin' | 'least-connections';
  /** How the server finds half-open connections. */
  heartbeat?: {
    /** Every client is pinged this often. Default: `10s`. */
    interval?: Duration;
    /** A client not heard of for this long is given up. Greater than `interval`. Default: `20s`. */
    timeout?: Duration;
  };
  /** A connection without a hello is closed after this time. Default: `5s`. */
  handshake_timeout?: Duration;
  /** A tenth of it may come at once; further upgrades get 503. Default: no limit. */
  max_handshakes_per_second?: number;
  /** Turns away who comes while too many are still being let in. Default: nobody. */
  admission?: {
    /** So many connections at once may have no welcome yet. */
    max_pending: number;
    /** HTTP status that further upgrades get, with `Retry-After: 1`. Default: `503`. */
    reject_with?: number;
  };
  /** A connection that nothing passed for this long, no ping either, is ended without a close frame, as load balancers do: both sides see 1006. Not after `duration`. Default: never. */
  idle_timeout?: Duration;
  /** A connection is closed with 1001 at an age drawn between the two, as gRPC servers and proxies do. Not after `duration`. Default: none. */
  max_connection_age?: {
    /** No connection is closed so before this age. */
    min: Duration;
    /** No connection grows older. */
    max: Duration;
  };
}

/** A server of your own, which they connect to instead of the reference server. */
export interface ScenarioTarget {
  /** Where it listens. Its query string may have places: `ws://127.0.0.1:8000/ws?sid=${session_id}`. */
  url: string;
  /** How it is started, and started again by `restart_server`; ended with the run. Without: it runs already. */
  start?: {
    /** What a shell runs. */
    command: string;
    /** Where it runs. Default: where wsdiag does. */
    cwd?: string;
    /** Variables beside those that wsdiag has. */
    env?: Readonly<Record<string, string>>;
    /** Answers with 2xx or 3xx once it is ready. Default: once its port takes connections. */
    ready?: string;
    /** It has to be ready by then. Default: `20s`. */
    within?: Duration;
  };
  /** Its own log. Without: the checks that the clients’ log can carry. */
  log?:
    | 'stdout'
    | 'stderr'
    | {
        /** Read from where it ends when the run begins. */
        file?: string;
        /** In place of `file`: what `start` prints there. */
        from?: 'stdout' | 'stderr';
        /** How it is to be read, as `--log-format` takes it. */
        format?: string;
      };
  /** How clients and server talk ([protocols.md](protocols.md)): its name, or a map of `name` and options. Default: by wsdiag’s own handshake, as `clients.handshake` says. */
  protocol?:
    | 'wsdiag'
    | 'query'
    | 'custom'
    | 'socket.io'
    | 'graphql-transport-ws'
    | 'mqtt'
    | 'stomp'
    | 'action-cable'
    | 'phoenix'
    | 'signalr'
    | {
        /** The hello is the first frame, and a welcome answers it (docs/handshake.md). */
        name: 'wsdiag';
      }
    | {
        /** The hello travels in the query string of the upgrade request; a welcome answers it. */
        name: 'query';
      }
    | {
        /** What `hello` says is sent at the open, and `welcome` says by what a connection counts. */
        name: 'custom';
      }
    | {
        /** Engine.IO 4 over WebSocket alone; the fields are in `auth`, and the server’s CONNECT is the welcome. */
        name: 'socket.io';
        /** What is connected to. Default: `/`. */
        namespace?: string;
        /** Sent besides `session_id` and `connection_sequence`, where these travel: `{ token: '${env.TOKEN}' }`. */
        fields?: Readonly<Record<string, string>>;
      }
    | {
        /** The fields are the payload of `connection_init`, and `connection_ack` is the welcome. */
        name: 'graphql-transport-ws';
        /** Sent besides `session_id` and `connection_sequence`, where these travel: `{ token: '${env.TOKEN}' }`. */
        fields?: Readonly<Record<string, string>>;
      }
    | {
        /** MQTT 3.1.1 or 5; the session is the client id, the number the user name and a user property, CONNACK the welcome. */
        name: 'mqtt';
        /** Of the protocol. Default: `5`. */
        version?: '3.1.1' | 5;
        /** By the same id, a broker lets a session’s next connection take its last one over. Default: `${session_id}`. */
        client_id?: string;
        /** Where the number travels in 3.1.1, which has no user properties. Default: `${connection_sequence}`. */
        username?: string;
        /** Without: none is sent. */
        password?: string;
        /** A broker gives up who is silent for one and a half times as long; 0: nobody. Default: `60`. */
        keep_alive_seconds?: number;
        /** Published by the broker when the connection is lost: clients say no DISCONNECT. */
        will?: {
          /** Where it is published. */
          topic: string;
          /** What is published. */
          payload?: string;
          /** How surely. Default: `0`. */
          qos?: number;
          /** Whether the broker keeps it. Default: `false`. */
          retain?: boolean;
        };
        /** Sent besides `session_id` and `connection_sequence` as user properties, which only 5 has. */
        fields?: Readonly<Record<string, string>>;
      }
    | {
        /** The fields are headers of CONNECT, and CONNECTED is the welcome. */
        name: 'stomp';
        /** The `host` header: the broker’s virtual host. Default: `/`. */
        host?: string;
        /** Sent besides `session_id` and `connection_sequence`, where these travel: `{ token: '${env.TOKEN}' }`. */
        fields?: Readonly<Record<string, string>>;
      }
    | {
        /** The fields are in the query string; the server’s `welcome` counts, or the channel’s confirmation. */
        name: 'action-cable';
        /** Subscribed to; a connection then counts once that is confirmed. */
        channel?: string;
        /** Sent besides `session_id` and `connection_sequence`, where these travel: `{ token: '${env.TOKEN}' }`. */
        fields?: Readonly<Record<string, string>>;
      }
    | {
        /** The fields are the payload of `phx_join`, and the reply `ok` is the welcome. */
        name: 'phoenix';
        /** What is joined. */
        topic: string;
        /** Sent besides `session_id` and `connection_sequence`, where these travel: `{ token: '${env.TOKEN}' }`. */
        fields?: Readonly<Record<string, string>>;
      }
    | {
        /** The JSON hub protocol, without negotiation; the fields are in the query string, the handshake’s answer is the welcome. */
        name: 'signalr';
        /** Sent besides `session_id` and `connection_sequence`, where these travel: `{ token: '${env.TOKEN}' }`. */
        fields?: Readonly<Record<string, string>>;
      };
  /** With `custom`: sent once the connection is open. Places are filled in: `${session_id}`, `${connection_sequence}`, `${document_id}`, `${reconnect_token}`, `${env.NAME}`. */
  hello?: string;
  /** With `custom`: when a connection counts as taken. Default: `open`. */
  welcome?:
    | 'open'
    | 'first-message'
    | {
        /** What the message has to have, by path: `{ type: ready }`, `{ data.ok: true }`. */
        match: Readonly<Record<string, string | number | boolean>>;
        /** Where it has the id that the server gave the connection. */
        client_id?: string;
        /** Where it has the highest number that the server had seen of the session. */
        last_seen_sequence?: string;
        /** Where it has a token for later hellos. */
        reconnect_token?: string;
      };
  /** Offered in the upgrade request. */
  subprotocols?: readonly string[];
  /** Of the upgrade request; `${env.NAME}` keeps secrets out of the file. */
  headers?: Readonly<Record<string, string>>;
  /** Certificates to trust, PEM; for `wss://` with one of your own. */
  ca?: string;
  /** No more dials a second. Default: 200 where the target is not on loopback, else no limit. */
  max_dials_per_second?: number;
}

/** What must hold beside the checks. */
export interface ScenarioExpect {
  /** Sessions in the logs. */
  sessions?: number | string;
  /** Dials. */
  attempts?: number | string;
  /** Connections that got a welcome. */
  welcomed?: number | string;
  /** Dials that never got a welcome. */
  failed_attempts?: number | string;
  /** Connections that ended under a page that stayed, or by its reload or navigation; by a server’s log alone, those that nobody meant to end. Tabs that close or crash lose none. */
  losses?: number | string;
  /** Sessions that were not connected at the end though their tab was open. */
  unrecovered_sessions?: number | string;
  /** Sessions whose page gave up for good at a close code, and that were not connected again. They are not lost. */
  given_up_sessions?: number | string;
  /** From a loss to the session's next welcome: median. */
  recovery_p50?: string;
  /** From a loss to the session's next welcome: 95th percentile. */
  recovery_p95?: string;
  /** From a loss to the session's next welcome: 99th percentile. */
  recovery_p99?: string;
  /** From a loss to the session's next welcome: longest. */
  recovery_max?: string;
  /** Most dials in any second; by a server’s log alone, most opens and rejected handshakes. */
  peak_attempts_per_second?: number | string;
  /** Most sessions without a connection at one time; by a server’s log alone, 5 minutes at most after each loss, at 32,768 times spread over the log. */
  peak_sessions_down?: number | string;
  /** Connections after the first of their session. */
  reconnects?: number | string;
  /** The same of the session that has most. */
  reconnects_max?: number | string;
  /** Sessions that lost three connections or more in a row within a second of opening them. */
  flapping_sessions?: number | string;
  /** Most connections at one time, of 32,768 spread over the log; not measured across servers, whose clocks are not compared. */
  peak_connections?: number | string;
  /** Most connections of one session at one time. */
  connections_of_session_max?: number | string;
  /** Handshakes the server refused. */
  rejected_handshakes?: number | string;
  /** Highest `connection_sequence`. */
  sequence_max?: number | string;
  /** Delay of the event loop, 99th percentile, of the client or the server process: whichever is larger. */
  event_loop_delay_p99?: string;
  /** Findings that must occur: they, and only they, are then no failure. */
  findings?: readonly (
    | 'sequence-not-increasing'
    | 'sequence-duplicated'
    | 'sequence-missing'
    | 'sequence-not-from-one'
    | 'attempt-skipped'
    | 'gap-unexplained'
    | 'close-missing'
    | 'close-orphaned'
    | 'logs-disagree'
    | 'lines-disagree'
    | 'session-forked'
    | 'fork-repeated'
    | 'session-lost'
    | 'threshold-crossed'
    | 'observation-unexpected'
  )[];
  /** Observations that must not be made: `none` of them, or a map of names to `none`. */
  observations?:
    | 'none'
    | {
        /** Many connections end at one age. */
        'one-lifetime'?: 'none';
        /** Sessions that were lost together come back together. */
        lockstep?: 'none';
        /** Sessions lose their connections as soon as these are open. */
        flapping?: 'none';
        /** Several connections of one session are alive at once. */
        ghosts?: 'none';
        /** Nearly all connections end with one code, which says why. */
        'one-code'?: 'none';
        /** Many sessions are lost within a second. */
        waves?: 'none';
      };
}

export interface FaultTime {
  /** When it happens, from the start of the run. */
  at?: Duration;
  /** In place of `at`: it happens again and again, this far apart. */
  every?: Duration;
  /** With `every`: the first time. Default: one period. */
  from?: Duration;
  /** With `every`: it happens before this time. Default: the duration. */
  until?: Duration;
}

export interface FaultPortion {
  /** Share of the clients, chosen by the seed. */
  share?: Share;
  /** Number of clients, chosen by the seed. Neither `share` nor `count`: all of them. */
  count?: number;
}

/** A fault, its time, and whom it hits. */
export type TimelineInput =
  | DropFault
  | CloseFault
  | RefreshFault
  | DuplicateTabFault
  | NavigateFault
  | BfcacheFault
  | DiscardFault
  | CrashFault
  | CloseTabFault
  | ReopenTabFault
  | RestoreFault
  | FramesFault
  | ClearStorageFault
  | CorruptStorageFault
  | OfflineFault
  | LatencyFault
  | SleepFault
  | HideFault
  | RejectHandshakesFault
  | StallHandshakesFault
  | CloseOnOpenFault
  | FreezeServerFault
  | RestartServerFault;

export interface DropFault extends FaultTime, FaultPortion {
  /** The connection dies without a close frame: who hears of it sees 1006. */
  fault: 'drop';
  /** `fin` and `rst` end the TCP connection so; `silent` leaves it half-open, which nobody hears of: a client needs a `clients.heartbeat` to notice. Default: `rst`. */
  how?: 'fin' | 'rst' | 'silent';
}

export interface CloseFault extends FaultTime, FaultPortion {
  /** The client or the server closes the connection with a close frame. */
  fault: 'close';
  /** Close code. A page may send only 1000 and 3000-4999. Default: `1000`. */
  code?: number;
  /** Reason, at most 123 bytes. */
  reason?: string;
  /** Who sends the first close frame. Default: `server`. */
  by?: 'client' | 'server';
}

export interface RefreshFault extends FaultTime, FaultPortion {
  /** The user presses F5: a new document in the same tab and session. */
  fault: 'refresh';
  /** How often. Default: `1`. */
  times?: number;
  /** The presses are spread evenly over this time. Default: `1s`. */
  within?: Duration;
}

export interface DuplicateTabFault extends FaultTime, FaultPortion {
  /** The tab is duplicated: its copy starts with a copy of `sessionStorage`. */
  fault: 'duplicate_tab';
}

export interface NavigateFault extends FaultTime, FaultPortion {
  /** The user goes to another page of the same site, which has a client of its own: a new document in the same tab and session. */
  fault: 'navigate';
}

export interface BfcacheFault extends FaultTime, FaultPortion {
  /** The user leaves for another site, and comes back. Chromium keeps the page in its back/forward cache, where it gives its connection up; Firefox loads it again, for it caches no page with a WebSocket. */
  fault: 'bfcache';
  /** How long the user is away. */
  for: Duration;
}

export interface DiscardFault extends FaultTime, FaultPortion {
  /** The browser takes the page of a tab in the background out of memory, and loads it again when the user looks at it. In Chromium the page is not told that it goes. */
  fault: 'discard';
  /** How long until the user looks at it. */
  for: Duration;
}

export interface CrashFault extends FaultTime, FaultPortion {
  /** The page crashes, which it cannot tell anybody, and the user loads it again. In a browser its connection is closed for it. */
  fault: 'crash';
  /** How long until the user loads it again. Default: `1s`. */
  for?: Duration;
}

export interface CloseTabFault extends FaultTime, FaultPortion {
  /** The tab is closed, and its session with it. */
  fault: 'close_tab';
}

export interface ReopenTabFault extends FaultTime, FaultPortion {
  /** The user closes the tab, and opens it again with “reopen closed tab”: its session goes on. */
  fault: 'reopen_tab';
  /** How long it is closed. Default: `1s`. */
  after?: Duration;
}

export interface RestoreFault extends FaultTime, FaultPortion {
  /** The browser is killed, and brings its tab back with the `sessionStorage` of some time ago: the server’s `last_seen_sequence` is what tells the page. */
  fault: 'restore';
  /** How old the storage is that it brings back. Default: `5s`. */
  ago?: Duration;
}

export interface FramesFault extends FaultTime, FaultPortion {
  /** The page loads frames of its own site, each with a client of its own; they share its `sessionStorage`. */
  fault: 'frames';
  /** How many frames. Default: `1`. */
  number?: number;
}

export interface ClearStorageFault extends FaultTime, FaultPortion {
  /** `sessionStorage` is cleared under the page: its next attempt starts a new session. */
  fault: 'clear_storage';
}

export interface CorruptStorageFault extends FaultTime, FaultPortion {
  /** The stored number becomes garbage: the next attempt starts a new session. */
  fault: 'corrupt_storage';
}

export interface OfflineFault extends FaultTime, FaultPortion {
  /** The browser goes offline: its connection ends with 1006, and it does not dial. */
  fault: 'offline';
  /** How long. */
  for: Duration;
}

export interface LatencyFault extends FaultTime, FaultPortion {
  /** Everything sent and received is held back, dials included. */
  fault: 'latency';
  /** How long. */
  for: Duration;
  /** Delay each way. */
  delay: Duration;
  /** Up to this much is added to the delay of each chunk. Default: `0ms`. */
  jitter?: Duration;
}

export interface SleepFault extends FaultTime, FaultPortion {
  /** The user closes the lid, and opens it again: timers stand still, nothing is heard or said, and on waking all that fell due comes at once. Chromium has lost its connection then; Firefox and Node go on with it if the server still has it. */
  fault: 'sleep';
  /** How long the lid is closed. */
  for: Duration;
}

export interface HideFault extends FaultTime, FaultPortion {
  /** The tab is in the background: its timers fire once a second at most, and in Chromium after five minutes once a minute, if one sets the next. Node has no background. */
  fault: 'hide';
  /** How long until the user looks at it. */
  for: Duration;
}

export interface RejectHandshakesFault extends FaultTime {
  /** The server refuses upgrades with an HTTP status; open connections stay. */
  fault: 'reject_handshakes';
  /** How long. */
  for: Duration;
  /** HTTP status. Default: `503`. */
  status?: number;
  /** Sent as Retry-After, in whole seconds. */
  retry_after?: Duration;
  /** Share of the handshakes that are refused. Default: `100%`. */
  share?: Share;
}

export interface StallHandshakesFault extends FaultTime {
  /** The server leaves upgrade requests without an answer; open connections stay. */
  fault: 'stall_handshakes';
  /** How long. */
  for: Duration;
}

export interface CloseOnOpenFault extends FaultTime {
  /** The server accepts upgrades, and closes their connections at once, before the welcome; open connections stay. */
  fault: 'close_on_open';
  /** How long. */
  for: Duration;
  /** Close code. Default: `1013`. */
  code?: number;
  /** Share of the connections that are closed. Default: `100%`. */
  share?: Share;
}

export interface FreezeServerFault extends FaultTime {
  /** The server’s process stops (SIGSTOP), and goes on later (SIGCONT): clients hear nothing, and what they say waits. A restart ends it. */
  fault: 'freeze_server';
  /** Number of the node it happens to, of `server.nodes`. Default: all of them, at once. */
  node?: number;
  /** How long. */
  for: Duration;
}

export interface RestartServerFault extends FaultTime {
  /** The server goes down and comes back at the same address. A restart that comes while one is under way is part of it: the later end of the two counts. */
  fault: 'restart_server';
  /** `graceful` closes everyone with 1012; `crash` kills the process with SIGKILL. Default: `graceful`. */
  how?: 'graceful' | 'crash';
  /** Before it goes down gracefully, it takes nobody, and closes connections one by one over this time. */
  drain?: Duration;
  /** From going down to starting again. Default: `1s`. */
  down_for?: Duration;
  /** Number of the node it happens to, of `server.nodes`. Default: all of them, at once. */
  node?: number;
  /** In place of `node`: all nodes of `server.nodes`, one after the other. */
  rolling?: {
    /** From starting one node again to stopping the next. Default: `1s`. */
    pause?: Duration;
  };
}
