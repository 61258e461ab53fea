-- Accepts lua: start(conf) -> address, port; close(fd), from an agent that wants to be rid of its client.
-- Accepts lua "socket" open, data, close, error and warning from its gate, and gives every client an agent of its own.

local skynet = require "skynet"

local gate
local agents = {} -- fd -> agent

local CMD = {}
local SOCKET = {}

local function take_agent(fd)
	local agent = agents[fd]
	agents[fd] = nil
	return agent
end

-- Kicking is not rude here: after the peer has closed, it is what frees the gate's half of the socket.
local function kick(fd)
	skynet.call(gate, "lua", "kick", fd)
end

-- The agent comes first: what its client sent before it closed may still wait in the agent's mailbox, in front of this
-- call, and the answers need the socket. An agent that exits answers by failing the call.
local function part_with(fd)
	local agent = take_agent(fd)
	if agent then
		pcall(skynet.call, agent, "lua", "disconnect")
	end
	kick(fd)
end

function SOCKET.open(fd, address)
	skynet.error("New client from : " .. address)
	local agent = skynet.newservice "agent"
	agents[fd] = agent
	local started, why = pcall(skynet.call, agent, "lua", "start", {
		gate = gate,
		client = fd,
		watchdog = skynet.self(),
	})
	if not started then
		-- The client was reset while its agent was being launched: its close has come and gone.
		skynet.error("Agent did not start : " .. fd .. " " .. tostring(why))
		part_with(fd)
	end
end

function SOCKET.close(fd)
	skynet.error("Client closed : " .. fd)
	part_with(fd)
end

SOCKET["error"] = function(fd, text)
	skynet.error("Client error : " .. fd .. " " .. text)
	part_with(fd)
end

function SOCKET.warning(fd, kib)
	skynet.error(string.format("Client %d has %d KiB waiting to be sent", fd, kib))
end

-- Only a client that was accepted without an agent sends its packets here.
function SOCKET.data(fd, packet)
	skynet.error(string.format("Client %d speaks without an agent: %d bytes", fd, #packet))
end

---Opens the gate. The configuration is the gate's: address, port, maxclient, nodelay.
function CMD.start(conf)
	return skynet.call(gate, "lua", "open", conf)
end

-- The socket comes first: nothing more is wanted of this client.
function CMD.close(fd)
	local agent = take_agent(fd)
	kick(fd)
	if agent then
		skynet.send(agent, "lua", "disconnect")
	end
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd, subcmd, ...)
		if cmd == "socket" then
			-- The gate expects no answer.
			SOCKET[subcmd](...)
		else
			local command = assert(CMD[cmd], "unknown command")
			skynet.retpack(command(subcmd, ...))
		end
	end)
	gate = skynet.newservice "gate"
end)
