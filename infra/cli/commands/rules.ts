import { chooseRule } from '../../../shared/core/forwarding/choose-rule.ts';
import { addRule, listRules, putRule, removeRule } from '../../../shared/core/forwarding/rules.ts';
import type { Store } from '../../../shared/ports/table.ts';
import { ANY_STORE_OPTIONS, refuseBothPlaces, withAnyStore } from '../any-store.ts';
import { STORE_USAGE } from '../cloud-stores.ts';
import { type Command, CommandError, type Terminal, UsageError } from '../command.ts';
import { DATA_DIR_USAGE, folderConfig } from '../folder.ts';
import {
  RULE_OPTIONS,
  type RuleValues,
  ruleLine,
  ruleOfOptions,
  targetText,
} from '../forwarding/rule-text.ts';
import { suggestion } from '../nearest.ts';
import { onlyPositional, parseOptions, requireOption } from '../options.ts';

/** `mooring rules`: which messages go to which function. */
export const rules: Command = {
  summary: 'say which messages the forwarder takes to which function',
  usage: `Usage: mooring rules list   [--json]
       mooring rules add    --name NAME --topic FILTER --target TARGET [--product KEY] [--qualifier Q]
                            [--payload batch|body] [--batch-size N] [--batch-wait MS]
                            [--order none|device] [--priority N] [--replace]
       mooring rules remove --name NAME
       mooring rules test   --topic TOPIC [--product KEY]
       each with [--store NAME | --data-dir DIR]

Of several rules that cover a message, the one with the lowest priority decides, then the first by name.
Forwarders know of a change within 10 s. A message that no rule covers is accepted and goes nowhere.

  --name NAME          of the rule: letters, digits, _, - and full stops
  --topic FILTER       with + and # as in MQTT: '/+/+/thing/event/property/post', '/a1b2c3/+/user/#', '#'
  --product KEY        only of this product
  --target TARGET      fc3:FUNCTION, fc2:SERVICE/FUNCTION, lambda:FUNCTION or a URL
  --qualifier Q        version or alias of the function
  --payload batch      an event with a list of messages (default), or body: the body of one alone
  --batch-size N       most messages of a call (default: 100)
  --batch-wait MS      how long the first of a batch waits for others (default: 200)
  --order device       a message of a device waits until the one before it is done (default: none)
  --priority N         0 to 1000 (default: 100)
  --replace            in the place of the rule of that name
  --json               in the form of npm run forwarder -- --rules FILE.json

test says which rule a message would fall under, and ends with 1 where there is none.

${STORE_USAGE}
${DATA_DIR_USAGE}
`,
  run: async (args, { terminal, readConfig }) => {
    const { values, positionals } = parseOptions(args, OPTIONS);
    const act = actionOf(positionals);
    refuseBothPlaces(values);
    const config = folderConfig(readConfig(), values['data-dir']);
    const run = act(values, terminal);
    return withAnyStore(values.store, config, ({ store }) => run(store));
  },
};

const OPTIONS = {
  ...ANY_STORE_OPTIONS,
  ...RULE_OPTIONS,
  replace: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

type Values = RuleValues & { replace: boolean; json: boolean };

/** Checks what was asked before the store is opened. */
type Act = (values: Values, terminal: Terminal) => (store: Store) => Promise<number>;

function actionOf(positionals: readonly string[]): Act {
  const name = onlyPositional(positionals);
  const names = Object.keys(ACTS);
  if (name === undefined) throw new UsageError(`Say one of ${names.join(', ')}.`);
  const act = Object.hasOwn(ACTS, name) ? ACTS[name] : undefined;
  if (act) return act;
  throw new UsageError(`There is no "rules ${name}".${suggestion(name, names)}`);
}

const list: Act =
  ({ json }, terminal) =>
  async (store) => {
    const found = await listRules(store);
    if (json) terminal.out(`${JSON.stringify(found, null, 2)}\n`);
    else for (const rule of found) terminal.out(ruleLine(rule));
    if (found.length === 0) terminal.err('There are no rules; mooring rules add makes one.\n');
    return 0;
  };

const add: Act = (values, terminal) => {
  const rule = ruleOfOptions(values);
  return async (store) => {
    const parts = { store, nowMs: () => Date.now() };
    if (values.replace) await putRule(rule, parts);
    else if (!(await addRule(rule, parts))) {
      throw new CommandError(
        `There is a rule ${rule.name} already: --replace puts this one in its place.`,
      );
    }
    terminal.out(ruleLine(rule));
    return 0;
  };
};

const remove: Act = (values, terminal) => {
  const name = requireOption(values.name, 'name');
  return async (store) => {
    if (!(await removeRule(name, store))) throw new CommandError(`There is no rule ${name}.`);
    terminal.out(`${name} is removed.\n`);
    return 0;
  };
};

const test: Act = (values, terminal) => {
  const topic = requireOption(values.topic, 'topic');
  return async (store) => {
    const rule = chooseRule(await listRules(store), topic, values.product);
    if (rule) terminal.out(`${rule.name} -> ${targetText(rule.target)}\n`);
    else terminal.err(`No rule covers ${topic}: such a message is accepted and goes nowhere.\n`);
    return rule ? 0 : 1;
  };
};

const ACTS: Readonly<Record<string, Act>> = { list, add, remove, test };
