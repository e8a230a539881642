/** The package ships no typings: what is used of it is in tablestore-sdk.ts. */
declare module 'tablestore' {
  const sdk: import('./tablestore-sdk.ts').TablestoreSdk;
  export = sdk;
}
