// @alicloud/fc2 ships no types: what is used of it.
declare module '@alicloud/fc2' {
  type Config = {
    accessKeyID: string;
    accessKeySecret: string;
    securityToken?: string;
    region: string;
    endpoint?: string;
    secure?: boolean;
    timeout?: number;
  };

  /** `data` is parsed where the answer is declared as JSON. */
  type Invoked = { headers: Record<string, string>; data: unknown };

  class Client {
    constructor(accountId: string, config: Config);
    invokeFunction(
      serviceName: string,
      functionName: string,
      event: string | Buffer,
      headers?: Record<string, string>,
      qualifier?: string,
    ): Promise<Invoked>;
  }

  export = Client;
}
