-- Accepts `lua` messages: LAUNCH, LOGLAUNCH, LIST, STAT, MEM, GC, KILL, REMOVE, ERROR, LAUNCHOK, QUERY.
-- Accepts `text` messages from services coming up: "" (started), "ERROR" (did not load).

local skynet = require "skynet"
require "skynet.manager"	-- launch, kill
local core = require "skynet.core"

---@class launch
---@field session integer
---@field source integer
---@field respond fun(ok: boolean, ...: any): boolean

---@type table<integer, string> address -> "cservice args"
local services = {}
---@type table<integer, launch> those whose start has not ended yet
local starting = {}

--- What a command returns when its answer is given later, or never.
local NO_REPLY = {}

local command = {}

---@return integer? address
local function launch(source, cservice, ...)
	local arguments = table.concat({ ... }, " ")
	local session = skynet.context()
	local respond = skynet.response()
	local address = skynet.launch(cservice, arguments)
	if not address then
		respond(false)
		return
	end
	services[address] = cservice .. " " .. arguments
	starting[address] = { session = session, source = source, respond = respond }
	return address
end

--- Ends a start: whoever waits for it gets an answer or, when not `ok`, a failure.
local function conclude(address, ok, ...)
	local waiting = starting[address]
	if waiting then
		starting[address] = nil
		waiting.respond(ok, ...)
	end
end

--- `reason`: why it did not come up, if the log says so already; the failure that follows finds nobody waiting.
local function drop(address, reason)
	local waiting = starting[address]
	if reason and waiting then
		core.send(waiting.source, skynet.PTYPE_ERROR, waiting.session, reason)
	end
	services[address] = nil
	conclude(address, false)
end

--- Asks every service the same debug question; `describe(reply, description)` words an answer.
local function survey(ticks, question, describe, failure)
	local answers, requests = {}, skynet.request()
	for address, description in pairs(services) do
		local key = skynet.address(address)
		answers[key] = string.format(failure, "TIMEOUT", description)
		requests:add { address, "debug", question, key = key, description = description }
	end
	for request, reply in requests:select(ticks) do
		answers[request.key] = reply and describe(reply[1], request.description)
			or string.format(failure, "ERROR", request.description)
	end
	return answers
end

function command.LAUNCH(source, cservice, ...)
	launch(source, cservice, ...)
	return NO_REPLY
end

function command.LOGLAUNCH(source, cservice, ...)
	local address = launch(source, cservice, ...)
	if address then
		core.command("LOGON", skynet.address(address))
	end
	return NO_REPLY
end

function command.LIST()
	local list = {}
	for address, description in pairs(services) do
		list[skynet.address(address)] = description
	end
	return list
end

function command.STAT(_, ticks)
	return survey(ticks, "STAT", function(stat) return stat end, "%s")
end

function command.MEM(_, ticks)
	return survey(ticks, "MEM", function(kilobytes, description)
		return string.format("%.2f Kb (%s)", kilobytes, description)
	end, "%s (%s)")
end

function command.GC(_, ticks)
	for address in pairs(services) do
		skynet.send(address, "debug", "GC")
	end
	return command.MEM(nil, ticks)
end

function command.KILL(_, address)
	local killed = { [skynet.address(address)] = tostring(services[address]) }
	skynet.kill(address)
	drop(address)
	return killed
end

function command.REMOVE(_, address, killed)
	services[address] = nil
	conclude(address, not killed)
	return NO_REPLY
end

function command.ERROR(address, reason)
	drop(address, reason)
	return NO_REPLY
end

function command.LAUNCHOK(address)
	conclude(address, true, address)
	return NO_REPLY
end

function command.QUERY(source, session)
	local found
	for address, waiting in pairs(starting) do
		if waiting.session == session then
			if waiting.source == source then
				return address
			end
			found = address
		end
	end
	return found
end

local function unknown_command()
	return { "Unknown command" }
end

skynet.register_protocol {
	name = "text",
	id = skynet.PTYPE_TEXT,
	unpack = skynet.tostring,
	dispatch = function(_, address, text)
		-- An empty body has no pointer, and then there is no string either.
		if (text or "") == "" then
			return command.LAUNCHOK(address)
		end
		assert(text == "ERROR", "Invalid text command " .. text)
		command.ERROR(address)
	end,
}

skynet.dispatch("lua", function(_, source, name, ...)
	local handler = command[string.upper(name)] or unknown_command
	local reply = handler(source, ...)
	if reply ~= NO_REPLY then
		skynet.retpack(reply)
	end
end)

skynet.start(function() end)
