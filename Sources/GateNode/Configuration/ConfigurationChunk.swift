// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The Lua side of reading a configuration: called with the main file's name and the two native functions, it answers
/// the settings, and the file and line each was last assigned at.
///
/// The files see an empty table: what they assign is kept aside, so that every assignment passes `__newindex`, which
/// is the only place where its line can be known.
let configurationChunk = """
    local main, open, close = ...
    local settings, places = {}, {}
    local environment = {}

    local function run(name, file, line)
    	local chunk, message = load(open(name, file, line), "@" .. name, "t", environment)
    	if not chunk then
    		error(message, 0)
    	end
    	chunk()
    	close()
    end

    local function include(name)
    	if type(name) ~= "string" then
    		error("include expects the name of a file", 2)
    	end
    	local caller = debug.getinfo(2, "Sl")
    	run(name, caller.source:sub(2), caller.currentline)
    end

    setmetatable(environment, {
    	__index = function(_, key)
    		local value = settings[key]
    		if value == nil and key == "include" then
    			return include
    		end
    		return value
    	end,
    	__newindex = function(_, key, value)
    		local caller = debug.getinfo(2, "Sl")
    		settings[key] = value
    		places[key] = { caller.source:sub(2), caller.currentline }
    	end,
    })

    run(main)
    return settings, places
    """
