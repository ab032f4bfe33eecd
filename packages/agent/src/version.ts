/** This package's version; a test keeps it equal to package.json. */
export const hobnobVersion = '0.0.0';

/** The version of Consul we speak as: real servers read it from the `build` tag. */
export const consulVersion = '1.8.7';

/** The `build` tag: Consul's `<version>:<revision>`, where the revision says who we really are. */
export const buildTag = `${consulVersion}:hobnob-${hobnobVersion}`;

/** One sentence for people. */
export const speaks = `Consul ${consulVersion} (Serf protocol 4, memberlist protocol 2)`;
