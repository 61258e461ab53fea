-- Accepts `lua` messages: REGISTER, QUERYNAME, LINK, CONNECT. It is `.cslave` of a node that has no network.
-- Accepts `text` messages from the native service `harbor`: "Q <name>", "D <id>". What it knows harbor knows already.

local skynet = require "skynet"
local protocols = require "skynet.harbor.protocols"
require "skynet.manager"	-- launch

---@type table<string, integer> global name -> address
local names = {}
---@type table<string, (fun(ok: boolean, ...: any): boolean)[]> global name -> who waits for it
local waiting = {}
---@type integer the native service that holds messages for names nobody has registered yet
local harbor

local command = {}

--- The address goes as the source of the message.
local function tell_harbor(name)
	skynet.redirect(harbor, names[name], "harbor", 0, "N " .. name)
end

--- Binds a global name, once; messages held for it leave now, in the order they came.
function command.REGISTER(name, address)
	assert(names[name] == nil, "global name is registered already: " .. tostring(name))
	names[name] = address
	tell_harbor(name)
	local responses = waiting[name]
	waiting[name] = nil
	for _, respond in ipairs(responses or {}) do
		respond(true, address)
	end
end

function command.QUERYNAME(name)
	if string.sub(name, 1, 1) == "." then
		return skynet.retpack(skynet.localname(name))
	end
	local address = names[name]
	if address then
		return skynet.retpack(address)
	end
	waiting[name] = waiting[name] or {}
	table.insert(waiting[name], skynet.response())
end

--- A link to a node that cannot be there is down at once.
function command.LINK()
	skynet.ret()
end

--- Never answered: the node waited for will not come.
function command.CONNECT()
	skynet.ignoreret()
	skynet.error "Can't connect to other harbor in single node mode"
end

protocols.register(function() end)

skynet.dispatch("lua", function(_, _, name, ...)
	local handler = assert(command[name], name)
	handler(...)
end)

skynet.start(function()
	harbor = assert(skynet.launch("harbor", 0, skynet.self()), "Can't launch the native harbor service")
end)
