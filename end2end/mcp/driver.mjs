// What the conformance suite starts as "the client": it hands the suite's server to the product that runs already (SITE), has its
// model call each tool once, and removes the server again. The suite looks at what arrived there.
import { Client } from "./site.mjs";

const url = process.argv.at(-1);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? "";
const site = new Client(JSON.parse(process.env.SITE));
const name = `suite${process.pid}`;

/** Something that fits the schema. */
function fitting(schema) {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  switch ([schema.type].flat()[0]) {
    case "number":
    case "integer":
      return schema.minimum ?? 5;
    case "boolean":
      return true;
    case "array":
      return [];
    case "object":
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, value]) => [key, fitting(value)]));
    default:
      return "text";
  }
}

const item = await site.add({ name, transport: "http", url });
try {
  if (item.status !== "connected") throw new Error(`${scenario}: ${item.status}: ${item.error}`);
  for (const tool of await site.tools(name)) {
    const args = tool.name === "add_numbers" ? { a: 5, b: 3 } : fitting(tool.input_schema);
    await site.call(name, tool.name, args);
    // A step-up: the call was refused for want of a scope, and the person signs in once more.
    if ((await site.settled(name)).status === "needs_auth") {
      await site.signIn(name);
      await site.call(name, tool.name, args);
    }
  }
} finally {
  await site.remove(name);
}
