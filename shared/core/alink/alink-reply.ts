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

/** As alinkReply where there is nothing to say but success. Most replies are such: this costs a third. */
export function plainSuccess(id: string, method: string): string {
  return `{"code":200,"data":{},"id":${JSON.stringify(id)},"message":"success","method":${JSON.stringify(method)},"version":"1.0"}`;
}
