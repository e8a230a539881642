/** Types of what is used of it are in messages.ts: the package ships none. */
declare module 'tablestore/lib/protocol/tablestore_compiled_proto.js' {
  const proto: unknown;
  export = proto;
}
