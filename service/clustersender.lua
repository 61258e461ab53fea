-- Accepts lua: req(address, msg, size) -> the raw reply; push(address, msg, size); changenode(host, port) or
-- changenode("host:port"), where false closes. Holds the one connection over which this node calls another.

local skynet = require "skynet"
local socket = require "skynet.socket"
local socketchannel = require "skynet.socketchannel"
local core = require "skynet.cluster.core"

local node, my_name, host, port = ...

-- Both in one is how some write it.
local function split(address)
	local name, number = address:match "^%[?(.-)%]?:(%d+)$"
	return assert(name, "Invalid address " .. address), tonumber(number)
end

if port then
	port = tonumber(port)
else
	host, port = split(host)
end
local next_session = 1

local channel = socketchannel.channel {
	host = host,
	port = port,
	nodelay = true,
	response = function(sock)
		local size = socket.header(sock:read(2))
		return core.unpackresponse(sock:read(size))
	end,
}

-- A tag that has crossed a border already begins with a parenthesis.
local function send_trace(session)
	local tag = skynet.tracetag()
	if not tag then
		return
	end
	if tag:sub(1, 1) ~= "(" then
		local crossing = ("(%s-%s-%d)%s"):format(my_name, node, session, tag)
		skynet.tracelog(tag, "session " .. crossing)
		tag = crossing
	end
	skynet.tracelog(tag, "cluster " .. node)
	channel:request(core.packtrace(tag))
end

local function request(to, msg, size)
	local session = next_session
	local packet, parts
	packet, next_session, parts = core.packrequest(to, session, msg, size)
	send_trace(session)
	return channel:request(packet, session, parts)
end

local CMD = {}

function CMD.req(to, msg, size)
	local ok, reply = pcall(request, to, msg, size)
	if ok and type(reply) == "table" then
		local whole, whole_size = core.concat(reply)
		if whole then
			skynet.ret(whole, whole_size)
			return
		end
		ok, reply = false, "Invalid large response"
	end
	if ok then
		skynet.ret(reply)
	else
		-- The caller sees `call failed`; the reason stays here.
		skynet.error(reply)
		skynet.response()(false)
	end
end

function CMD.push(to, msg, size)
	local packet, following, parts = core.packpush(to, next_session, msg, size)
	-- Only the parts of a large push need a session to find each other.
	if parts then
		next_session = following
	end
	channel:request(packet, nil, parts)
end

function CMD.changenode(new_host, new_port)
	if new_host then
		if not new_port then
			new_host, new_port = split(new_host)
		end
		channel:changehost(new_host, new_port)
		channel:connect(true)
		host, port = new_host, new_port
	else
		skynet.error(("Close cluster sender %s %s"):format(host, port))
		channel:close()
	end
	skynet.ret(skynet.pack(nil))
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd, ...)
		local command = assert(CMD[cmd], "unknown command")
		command(...)
	end)
end)
