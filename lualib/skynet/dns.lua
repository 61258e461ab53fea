-- Resolves names over UDP while only the asking coroutine waits. (socket.resolve blocks the whole service.)

local skynet = require "skynet"
local socket = require "skynet.socket"
local query = require "skynet.dns.query"

local TIMEOUT = 30 * 100 -- ticks until a query is given up
local IDLE = 60 * 100 -- ticks after which an unused UDP socket is closed, give or take as much again

local dns = {
	DEFAULT_HOSTS = "/etc/hosts",
	DEFAULT_RESOLV_CONF = "/etc/resolv.conf",
}

local server -- { host =, port = }
local hosts -- name -> { [type] = addresses }, once it was read
local cache = {} -- type -> name -> { answers =, expires = }
local endpoint -- the UDP socket, while there is one
local last_use
local last_id = 0
local waiting = {} -- query id -> { name =, answers = }

---Forgets every answer.
function dns.flush()
	cache = {}
end

local function words(path, take)
	local file = path and io.open(path)
	if not file then
		return
	end
	for line in file:lines() do
		local found = {}
		for word in line:gsub("#.*", ""):gmatch "%S+" do
			found[#found + 1] = word
		end
		take(found)
	end
	file:close()
end

local function read_hosts()
	local known = {}
	words(dns.DEFAULT_HOSTS, function(line)
		local address = line[1]
		local kind = address and (address:find(":", 1, true) and query.AAAA or query.A)
		for i = 2, #line do
			local name = line[i]:lower()
			known[name] = known[name] or {}
			known[name][kind] = known[name][kind] or {}
			table.insert(known[name][kind], address)
		end
	end)
	return known
end

local function from_hosts(name, kind)
	hosts = hosts or read_hosts()
	return hosts[name] and hosts[name][kind]
end

local function first_nameserver()
	local found
	words(dns.DEFAULT_RESOLV_CONF, function(line)
		if line[1] == "nameserver" then
			found = found or line[2]
		end
	end)
	return found
end

local function close_endpoint()
	if endpoint then
		local id = endpoint
		endpoint = nil
		socket.close(id)
	end
end

local function close_when_idle(id)
	if id ~= endpoint then
		return
	end
	if next(waiting) == nil and skynet.now() - last_use >= IDLE then
		close_endpoint()
	else
		skynet.timeout(IDLE, function()
			close_when_idle(id)
		end)
	end
end

local function remember(name, kind, answers, ttl)
	cache[kind] = cache[kind] or {}
	cache[kind][name] = { answers = answers, expires = skynet.now() + ttl * 100 }
end

-- A datagram is anybody's: it counts when it decodes, and answers a question that was asked.
local function take_datagram(datagram)
	local ok, reply = pcall(query.decode, datagram)
	local asked = ok and waiting[reply.id]
	if not asked or reply.name ~= asked.name then
		return
	end
	for kind, answers in pairs(reply.answers) do
		remember(asked.name, kind, answers, reply.ttl)
	end
	waiting[reply.id] = nil
	asked.answers = reply.answers[asked.kind]
	skynet.wakeup(asked)
end

local function open_endpoint()
	if not server then
		local address = first_nameserver()
		assert(address, "Call dns.server first")
		server = { host = address, port = 53 }
	end
	endpoint = socket.udp_dial(server.host, server.port, take_datagram)
	skynet.error(("Udp server open %s:%s (%d)"):format(server.host, server.port, endpoint))
	last_use = skynet.now()
	close_when_idle(endpoint)
	return endpoint
end

---Says whom to ask. Without it, the first nameserver of DEFAULT_RESOLV_CONF is asked.
---@param host string
---@param port? integer default 53
function dns.server(host, port)
	close_endpoint()
	server = { host = host, port = port or 53 }
end

local function next_id()
	repeat
		last_id = last_id % 0xffff + 1
	until not waiting[last_id]
	return last_id
end

local function ask(name, kind)
	local id = next_id()
	local asked = { name = (name:gsub("%.$", "")), kind = kind }
	socket.write(endpoint or open_endpoint(), query.encode(id, name, kind))
	last_use = skynet.now()
	waiting[id] = asked
	skynet.sleep(TIMEOUT, asked)
	if waiting[id] == asked then
		waiting[id] = nil
		skynet.error(("DNS query %s timeout"):format(name))
	end
	return asked.answers
end

local function is_address(name)
	return name:find "^[%d%.]+$" or name:find(":", 1, true)
end

local function is_legal(name)
	if #name > 1024 or not name:find "^[%w_%-%.]+$" then
		return false
	end
	-- A dot at the end is that of the root; an empty label elsewhere is no name.
	for label in (name:gsub("%.$", "")):gmatch "[^.]*" do
		if label == "" or #label > 63 then
			return false
		end
	end
	return true
end

---Resolves a name. Raises `timeout or no answer` when there is none.
---@param name string
---@param ipv6? boolean
---@return string? address
---@return string[]|string list of addresses, or the reason why not
function dns.resolve(name, ipv6)
	name = name:lower()
	if is_address(name) then
		return name
	end
	if not is_legal(name) then
		return nil, "illegal name"
	end
	local kind = ipv6 and query.AAAA or query.A
	local answers = from_hosts(name, kind)
	local cached = cache[kind] and cache[kind][name]
	if not answers and cached and cached.expires > skynet.now() then
		answers = cached.answers
	end
	if not answers then
		-- An expired answer is better than none.
		answers = ask(name, kind) or (cached and cached.answers) or error "timeout or no answer"
	end
	return answers[1], answers
end

return dns
