import type { EmqxApi } from './emqx-api.ts';

type EmqxClient = { clientId: string; username: string };

/** Clients that are connected, and those alone, as `GET /clients` lists them. */
export type EmqxClients = {
  /** With this very username. */
  named(username: string): Promise<readonly EmqxClient[]>;
  /** With a username that ends so. */
  endingWith(end: string): Promise<readonly EmqxClient[]>;
};

const PAGE_CLIENTS = 1000;

export function createEmqxClients(api: EmqxApi): EmqxClients {
  return {
    named: async (username) => {
      const clients = await listClients(api, { username });
      return clients.filter((client) => client.username === username);
    },
    endingWith: async (end) => {
      const clients = await listClients(api, { like_username: end });
      return clients.filter(({ username }) => username.endsWith(end));
    },
  };
}

type Filter = { username: string } | { like_username: string };

/** Page by page: with a filter that is not exact, EMQX does not count but says whether more follow. */
async function listClients(api: EmqxApi, filter: Filter): Promise<readonly EmqxClient[]> {
  const clients: EmqxClient[] = [];
  for (let page = 1; ; page += 1) {
    const query = new URLSearchParams({
      ...filter,
      conn_state: 'connected',
      limit: String(PAGE_CLIENTS),
      page: String(page),
    });
    const { members } = await api({ method: 'GET', path: `/clients?${query}` });
    const data = Array.isArray(members['data']) ? members['data'] : [];
    clients.push(...data.flatMap(clientOf));
    if (!hasNext(members['meta'], data.length)) return clients;
  }
}

function clientOf(entry: unknown): readonly EmqxClient[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const clientId: unknown = Reflect.get(entry, 'clientid');
  const username: unknown = Reflect.get(entry, 'username');
  const isClient = typeof clientId === 'string' && typeof username === 'string';
  return isClient ? [{ clientId, username }] : [];
}

/** The first releases of EMQX 5 do not say: a full page may have another behind it. */
function hasNext(meta: unknown, listed: number): boolean {
  const told: unknown =
    typeof meta === 'object' && meta !== null ? Reflect.get(meta, 'hasnext') : undefined;
  return typeof told === 'boolean' ? told && listed > 0 : listed === PAGE_CLIENTS;
}
