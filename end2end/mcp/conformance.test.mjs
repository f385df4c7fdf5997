// The MCP conformance suite's scenarios for clients, run against the product as the host. expected-failures.json says what fails
// and why; one that passes there is a fault, too, so that the list stays true.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Site } from "./site.mjs";

const here = import.meta.dirname;
const suite = join(here, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
const { scenarios, failures } = JSON.parse(readFileSync(join(here, "expected-failures.json"), "utf8"));
let site;
before(async () => {
  site = await Site.start();
});
after(() => site.stop());

async function run(scenario) {
  const command = `${process.execPath} ${join(here, "driver.mjs")}`;
  const env = { ...process.env, SITE: JSON.stringify({ url: site.url, token: site.token, cookie: site.cookie }) };
  const args = [suite, "client", "--command", command, "--scenario", scenario, "--timeout", "20000"];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    return [true, stdout];
  } catch (error) {
    return [false, `${error.stdout ?? ""}\n${error.stderr ?? error}`];
  }
}

// Two at a time: the machine of the check has two processors.
test("scenarios of the conformance suite", { concurrency: 2 }, async (t) => {
  const all = [...scenarios, ...Object.keys(failures)];
  await Promise.all(
    all.map((scenario) =>
      t.test(scenario, async () => {
        const [passed, told] = await run(scenario);
        if (scenario in failures) assert.ok(!passed, `${scenario} passes now: take it off the list of failures`);
        else assert.ok(passed, told.slice(-3_000));
      }),
    ),
  );
});
