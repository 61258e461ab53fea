-- Accepts client: one packet of a request from another node; answers go straight to the connection.
-- Accepts lua from clusterd: namechange(), after which names are asked for anew; exit().

local skynet = require "skynet"
local socket = require "skynet.socket"
local core = require "skynet.cluster.core"

local clusterd, gate, fd = ...
clusterd = tonumber(clusterd)
gate = tonumber(gate)
fd = tonumber(fd)

local names = {} -- registered name -> handle, as far as it was asked for
local large = {} -- session -> a request of which parts are still to come
local trace_tag -- for the next request

-- Large answers are written behind small ones, part by part.
local function respond(session, ok, msg, size)
	local response = core.packresponse(session, ok, msg, size)
	if type(response) == "table" then
		for _, part in ipairs(response) do
			socket.lwrite(fd, part)
		end
	else
		socket.write(fd, response)
	end
end

local function handle_of(name)
	local known = names
	local handle = known[name]
	if not handle then
		handle = skynet.call(clusterd, "lua", "queryname", name:sub(2))
		-- When the names changed meanwhile, this goes into the table that was thrown away.
		known[name] = handle
	end
	return handle
end

local asking = false -- whether a name is being asked for, or others are still having their turn after that
local line = { first = 1, last = 0 } -- who waits for that, by token

local function await_turn()
	local token = {}
	line.last = line.last + 1
	line[line.last] = token
	skynet.wait(token)
end

-- Who is woken runs before the next packet is looked at, and lets the next one go in turn.
local function end_turn()
	while line.first <= line.last do
		local token = line[line.first]
		line[line.first] = nil
		line.first = line.first + 1
		if skynet.wakeup(token) then
			return
		end
	end
	asking = false
end

-- Whom a request is for. Nothing overtakes a request whose name is being asked for.
local function target_of(address)
	local is_name = core.isname(address)
	if not asking and (not is_name or names[address]) then
		return is_name and names[address] or address
	end
	if asking then
		await_turn()
	end
	asking = true
	if not is_name then
		end_turn()
		return address
	end
	local ok, handle = pcall(handle_of, address)
	end_turn()
	if not ok then
		error(handle, 0)
	end
	return handle
end

local function answer_query(session, msg, size)
	local name = skynet.unpack(msg, size)
	skynet.trash(msg, size)
	local handle = type(name) == "string" and handle_of("@" .. name)
	if handle then
		respond(session, true, skynet.packstring(handle))
	else
		respond(session, false, "name not found")
	end
end

local function call(request, session, msg, size)
	local ok, reply, reply_size
	if request.tag then
		ok, reply, reply_size = pcall(skynet.tracecall, request.tag, request.address, "lua", msg, size)
	else
		ok, reply, reply_size = pcall(skynet.rawcall, request.address, "lua", msg, size)
	end
	-- No yield may come between: the reply is freed at the next one.
	if ok then
		respond(session, true, reply, reply_size)
	else
		respond(session, false, tostring(reply))
	end
end

local function execute(request, session, msg, size)
	if request.address == 0 then
		answer_query(session, msg, size)
		return
	end
	request.address = target_of(request.address)
	if not request.address then
		skynet.trash(msg, size)
		if not request.is_push then
			respond(session, false, "Invalid name")
		end
	elseif request.is_push then
		skynet.rawsend(request.address, "lua", msg, size)
	else
		call(request, session, msg, size)
	end
end

local function take_tag()
	local tag = trace_tag
	trace_tag = nil
	return tag
end

local function begin_large(address, session, size, is_push)
	local request = { address = address, is_push = is_push, tag = take_tag(), parts = {} }
	core.append(request.parts, nil, size)
	large[session] = request
end

local function take_part(session, msg, size, more)
	local request = large[session]
	if not request then
		skynet.trash(msg, size)
		if not more then
			respond(session, false, "Invalid name")
		end
		return
	end
	core.append(request.parts, msg, size)
	if more then
		return
	end
	large[session] = nil
	local whole, whole_size = core.concat(request.parts)
	if whole then
		execute(request, session, whole, whole_size)
	elseif not request.is_push then
		respond(session, false, "Invalid large req")
	end
end

local function dispatch(address, session, msg, size, more, is_push)
	if session == nil then
		trace_tag = address
	elseif address == false then
		take_part(session, msg, size, more)
	elseif more then
		begin_large(address, session, size, is_push)
	else
		execute({ address = address, is_push = is_push, tag = take_tag() }, session, msg, size)
	end
end

skynet.register_protocol {
	name = "client",
	id = skynet.PTYPE_CLIENT,
	unpack = core.unpackrequest,
	dispatch = function(_, _, ...)
		skynet.ignoreret()
		dispatch(...)
	end,
}

local CMD = {}

function CMD.namechange()
	names = {}
end

function CMD.exit()
	socket.close_fd(fd)
	skynet.exit()
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd)
		CMD[cmd]()
	end)
	skynet.call(gate, "lua", "forward", fd)
end)
