-- Accepts lua: echo(...) -> ...; note(text); notes() -> list. The other node of cluster_pair, in a process of its own.
-- Its port is the configuration's `peer_port`; it is known there as "@peer".

local skynet = require "skynet"
local cluster = require "skynet.cluster"

local notes = {}

local CMD = {}

function CMD.echo(...)
	return ...
end

function CMD.note(text)
	notes[#notes + 1] = text
end

function CMD.notes()
	return notes
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd, ...)
		skynet.retpack(CMD[cmd](...))
	end)
	cluster.register("peer", skynet.self())
	cluster.open(tonumber(skynet.getenv "peer_port"))
end)
