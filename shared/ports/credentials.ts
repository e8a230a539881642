/** An access key of Alibaba Cloud. Nothing of it may be logged. */
export type Credentials = {
  accessKeyId: string;
  accessKeySecret: string;
  /** Of temporary credentials, those of a role. */
  securityToken?: string;
};

/** Asked before each call, since a role's credentials change. Rejects where there are none. */
export type CredentialsSource = () => Credentials | Promise<Credentials>;

/** Whether a client that was opened with `one` serves `other`. */
export function isSameKey(one: Credentials, other: Credentials): boolean {
  return (
    one.accessKeyId === other.accessKeyId &&
    one.accessKeySecret === other.accessKeySecret &&
    one.securityToken === other.securityToken
  );
}
