export type AlinkReply = {
  /** As it came: a client that sent a string splits it again (protocol.md 4.1). */
  id: string;
  code: number;
  message: string;
  method?: string;
  data?: unknown;
};

/** JSON text of a cloud reply, with the members in the platform's order (protocol.md 4.1). */
export function alinkReply({ id, code, message, method, data = {} }: AlinkReply): string {
  return JSON.stringify({ code, data, id, message, method, version: '1.0' });
}
