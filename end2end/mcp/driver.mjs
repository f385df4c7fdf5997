// What the conformance suite starts as "the client": it hands the suite's server to the product that runs already (SITE), has its
// model call each tool once, and removes the server again. The suite looks at what arrived there.
import { Client } from "./site.mjs";

const url = process.argv.at(-1);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? "";
const site = new Client(JSON.parse(process.env.SITE));
const name = `suite${process.pid}`;

/** Something that fits the schema; sparing: with what is required alone. */
function fitting(schema, sparing = false) {
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
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([key]) => !sparing || schema.required?.includes(key))
          .map(([key, value]) => [key, fitting(value)]),
      );
    default:
      return "text";
  }
}

const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}");

/** The calls to be made: those that the scenario names, and one of each other tool. */
async function calls() {
  const tools = await site.tools(name);
  if (context.toolCalls) {
    const others = tools.filter((tool) => !context.toolCalls.some((call) => call.name === tool.name));
    // A null that its schema does not allow would not leave the product: it is as good as left out.
    const said = context.toolCalls.map((call) => ({
      ...call,
      arguments: Object.fromEntries(Object.entries(call.arguments).filter(([, value]) => value !== null)),
    }));
    return [...said, ...others.map((tool) => ({ name: tool.name, arguments: fitting(tool.input_schema, true) }))];
  }
  const focal = tools.find((tool) => tool.name === "json_schema_2020_12_tool");
  return tools.map((tool) => {
    if (tool.name === "add_numbers") return { name: tool.name, arguments: { a: 5, b: 3 } };
    if (tool.name === "json_schema_echo") return { name: tool.name, arguments: { schema: focal.input_schema } };
    return { name: tool.name, arguments: fitting(tool.input_schema) };
  });
}

const item = await site.add({ name, transport: "http", url });
try {
  if (item.status !== "connected") throw new Error(`${scenario}: ${item.status}: ${item.error}`);
  for (const call of await calls()) {
    await site.call(name, call.name, call.arguments);
    // The call was refused for want of a scope, or of a sign-in that still holds: the person signs in once more.
    if ((await site.settled(name)).status === "needs_auth") {
      await site.signIn(name);
      await site.call(name, call.name, call.arguments);
    }
  }
} finally {
  await site.remove(name);
}
