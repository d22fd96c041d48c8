/**
 * The shapes of sandbox/README.md that the page relies on.
 *
 * @typedef {{id: string, name: string, real_name: string, title: string, guest: boolean, bot: boolean, deleted: boolean}} User
 * @typedef {{id: string, name: string, topic: string, private: boolean, im: boolean, member: boolean, archived?: boolean, bot_member?: boolean}} Channel
 * @typedef {{ts: string, user: string, bot: boolean, text: string, blocks: Block[], thread_ts: string|null,
 *   ephemeral: boolean, edited: boolean, system: boolean, in_response_to: string|null,
 *   broadcast?: boolean, deleted?: boolean, attachments?: Record<string, any>[], files?: SharedFile[]}} Message
 * @typedef {{id: string, name: string, title: string, size: number, mimetype: string, url: string}} SharedFile
 * @typedef {{id: string, handle: string, name: string, members: string[]}} Group
 * @typedef {{type: string, block_id?: string} & Record<string, any>} Block
 * @typedef {{type: "plain_text"|"mrkdwn", text: string, emoji?: boolean, verbatim?: boolean}} TextObject
 * @typedef {{command: string, description: string, usage_hint: string}} Command
 * @typedef {{rev: number, now: number, team: {id: string, name: string},
 *   bot: {connected: boolean, running?: boolean|null, user_id: string, name: string}, commands: Command[], users: User[],
 *   channels: Channel[], groups?: Group[], messages: Record<string, Message[]>, modals?: Modal[]}} Workspace
 * @typedef {{id: string, title: TextObject, blocks: Block[], submit: TextObject|null, close: TextObject|null,
 *   previous_view_id: string|null, state: {values: Record<string, Record<string, any>>},
 *   errors: Record<string, string>, problem: string, busy: boolean}} Modal
 * @typedef {{update_id: string, version: number, kind: string, scenario: string, started: number, done: number, total: number}} Running
 * @typedef {{stack: string, resources: number, version: number, result: string|null, kind: string|null,
 *   ended: number|null, scenario?: string|null, running: Running|null}} Stack
 * @typedef {{rev: number, profile: string, speed: number, organizations: string[],
 *   scenarios: {name: string, title: string, about: string}[], stacks: Stack[]}} Cloud
 * @typedef {{id: number, service: string, match: string, kind: string, times: number, fired: number, seconds?: number,
 *   status?: number, retry_after?: number|string|null, body?: string, when?: string}} Fault
 * @typedef {{on: boolean, refused: number, methods: {method: string, a_minute: number, last_minute: number, refused: number}[],
 *   channels: {channel: string, refused: number}[]}} Limits
 * @typedef {{faults: Fault[], switches: {copies: number} & Record<string, any>, limits: Limits}} Trouble
 *
 * What the page itself remembers.
 *
 * @typedef {{busy: boolean, problem: string}} Click how the last press of an element went
 * @typedef {Object} View
 * @property {Workspace|null} workspace as the server last told it
 * @property {Cloud|null} cloud as the server last told it
 * @property {Trouble} trouble what goes wrong on purpose, as last told; followed while faultsOpen
 * @property {boolean} faultsOpen
 * @property {string} person id of the user we act as
 * @property {string} shownFor id of the user whose workspace is shown: the person, once the server answered
 * @property {string} channel id of the open channel
 * @property {string} thread ts of the open thread's first message, or ""
 * @property {"chat"|"pulumi"} tab what narrow screens show
 * @property {boolean} reachable whether the sandbox answers
 * @property {number} clockSkew seconds to add to this browser's clock
 * @property {Record<string, Click>} clicks by clickKey()
 * @property {Record<string, number>} answeredIn seconds from Enter to the answer, by ts
 * @property {Record<string, Record<string, string>>} seen newest ts that was on screen, by person and channel
 *
 * @typedef {Object} Ink what a renderer needs to know beside the thing it draws
 * @property {Map<string, User>} users
 * @property {Map<string, Channel>} channels
 * @property {Map<string, Group>} [groups]
 * @property {string} me
 * @property {number} now
 * @property {Message|null} message the message being drawn
 * @property {(block: Block, element: Record<string, any>) => Click|undefined} clicked
 * @property {(block: Block, element: Record<string, any>, value?: any) => void} press
 * @property {(block: Block, element: Record<string, any>, query: string) => Promise<{options: any[], problem: string}>} suggest
 * @property {(block: Block, element: Record<string, any>, value: any, how: string) => void} [note] what was filled in; pressed if absent
 * @property {(block: Block, element: Record<string, any>) => any} [value] what stands in a field
 * @property {(block: Block, element: Record<string, any>, value: string) => string} [labelOf] the words of an option
 * @property {(block: Block, element: Record<string, any>, option: Record<string, any>) => void} [learn] an option that was chosen
 * @property {(block: Block) => string} [error] what is said under an input block
 */
export {};
