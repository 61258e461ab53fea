-- Accepts `lua` messages: LAUNCH, QUERY, GLAUNCH, GQUERY, LIST, REPORT. Answers: address, or nil and an error text.
-- It keeps the services that exist once: the first who asks starts one, everybody else waits for it or is given it.
-- What exists once for all nodes is kept by the manager of the standalone node, which the network knows as SERVICE.

local skynet = require "skynet"
require "skynet.manager"	-- register

---@class waiter
---@field source integer
---@field session integer
---@field respond fun(ok: boolean, ...: any): boolean

---@class entry
---@field address integer? once it runs
---@field failure string? once it has failed; remembered for ever
---@field launcher { source: integer, session: integer, thread: thread }? while it starts
---@field waiters waiter[] who asked meanwhile

---@type table<string, entry>
local entries = {}
---@type table<integer, boolean> the managers of other nodes
local reporters = {}

local command = {}

--- What a command returns when its answer is given later.
local NO_REPLY = {}

--- snax services share one Lua service, `snaxd`: their key names the snax script, and their arguments keep their types.
--- A name that begins with `@` is that of a service which exists once for all nodes.
local function key_and_starter(name, first, ...)
	local prefix, script = tostring(name):match "^(@?)(.*)$"
	if script == "snaxd" then
		local snax = require "skynet.snax"
		return prefix .. "snaxd." .. first, snax.rawnewservice, first, ...
	end
	return prefix .. script, skynet.newservice, script, first, ...
end

local function entry_of(key)
	local entry = entries[key]
	if not entry then
		entry = { waiters = {} }
		entries[key] = entry
	end
	return entry
end

local function wait(entry)
	local session, source = skynet.context()
	table.insert(entry.waiters, { session = session, source = source, respond = skynet.response() })
	return NO_REPLY
end

--- The address; or nil and why; or nil alone when the service left during its own start.
local function answer(entry)
	if entry.address then
		return entry.address
	end
	if entry.failure then
		return nil, entry.failure
	end
	return nil
end

--- Starts the service of `key`, and answers all who waited with what came of it.
local function start(entry, key, starter, ...)
	local session, source = skynet.context()
	entry.launcher = { source = source, session = session, thread = coroutine.running() }
	local started, address = pcall(starter, ...)
	entry.launcher = nil
	if not started then
		entry.failure = tostring(address)
	elseif address then
		entry.address = address
	else
		-- It left during its own start: nobody gets an address, and the next who asks tries again.
		entries[key] = nil
	end
	for _, waiter in ipairs(entry.waiters) do
		waiter.respond(true, answer(entry))
	end
	entry.waiters = {}
	return answer(entry)
end

local function launch(key, ...)
	local entry = entry_of(key)
	if entry.address or entry.failure then
		return answer(entry)
	end
	if entry.launcher then
		return wait(entry)
	end
	return start(entry, key, ...)
end

local function query(key)
	local entry = entry_of(key)
	if entry.address or entry.failure then
		return answer(entry)
	end
	return wait(entry)
end

function command.LAUNCH(name, ...)
	return launch(key_and_starter(name, ...))
end

function command.QUERY(name, ...)
	return query((key_and_starter(name, ...)))
end

function command.GLAUNCH(name, ...)
	return command.LAUNCH("@" .. name, ...)
end

function command.GQUERY(name, ...)
	return command.QUERY("@" .. name, ...)
end

local function task_of(address, session)
	local reached, traceback = pcall(skynet.call, address, "debug", "TASK", session)
	return reached and tostring(traceback) or "unreachable"
end

--- Several lines about a service that is not there yet: how far it got, who started it, who waits.
local function describe_start(entry)
	local lines = {}
	local launcher = entry.launcher
	if launcher then
		local address = skynet.call(".launcher", "lua", "QUERY", skynet.task(launcher.thread))
		if address then
			table.insert(lines, "Init as " .. skynet.address(address))
			table.insert(lines, task_of(address, "init"))
		end
		table.insert(lines, "Launching from " .. skynet.address(launcher.source))
		table.insert(lines, task_of(launcher.source, launcher.session))
	end
	if entry.waiters[1] then
		table.insert(lines, "Querying:")
		for _, waiter in ipairs(entry.waiters) do
			table.insert(lines, string.format("%s session: %d", skynet.address(waiter.source), waiter.session))
		end
	end
	return table.concat(lines, "\n")
end

local function describe(entry)
	if entry.address then
		return skynet.address(entry.address)
	end
	if entry.failure then
		return "Error: " .. entry.failure
	end
	return describe_start(entry)
end

--- Adds what another node runs; one that does not answer is left out, for a list is better than none.
local function add_node(list, manager)
	local reached, others = pcall(skynet.call, manager, "lua", "LIST")
	if not reached then
		return
	end
	local suffix = "@" .. skynet.harbor(manager)
	for key, description in pairs(others) do
		list[key .. suffix] = description
	end
end

function command.LIST()
	local list, known = {}, {}
	for key, entry in pairs(entries) do
		known[key] = entry
	end
	-- Describing may block, and `entries` may change meanwhile: go through a copy.
	for key, entry in pairs(known) do
		list[key] = describe(entry)
	end
	local managers = {}
	for manager in pairs(reporters) do
		managers[#managers + 1] = manager
	end
	for _, manager in ipairs(managers) do
		add_node(list, manager)
	end
	return list
end

function command.REPORT(manager)
	reporters[manager] = true
end

--- On every other node: what exists once for all nodes is the business of SERVICE.
local function follow_standalone_node()
	function command.GLAUNCH(name, ...)
		return skynet.call("SERVICE", "lua", "LAUNCH", "@" .. name, ...)
	end

	function command.GQUERY(name, ...)
		return skynet.call("SERVICE", "lua", "QUERY", "@" .. name, ...)
	end

	command.REPORT = nil
	-- Waits for the name: without the standalone node this one does not come up.
	skynet.call("SERVICE", "lua", "REPORT", skynet.self())
end

local function reply(first, ...)
	if first ~= NO_REPLY then
		skynet.retpack(first, ...)
	end
end

skynet.dispatch("lua", function(_, _, name, ...)
	local handler = command[name]
	if not handler then
		return reply(nil, "Invalid command " .. tostring(name))
	end
	reply(handler(...))
end)

skynet.start(function()
	local other = skynet.localname ".service"
	if other then
		skynet.error(".service is already register by ", skynet.address(other))
		return skynet.exit()
	end
	skynet.register ".service"
	if skynet.getenv "standalone" then
		skynet.register "SERVICE"
	else
		follow_standalone_node()
	end
end)
