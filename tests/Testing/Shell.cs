using System.Diagnostics;

namespace LifelongApi.Testing;

/// <summary>Runs a program to its end.</summary>
internal static class Shell
{
    /// <summary>Runs it; throws with what it printed where it fails.</summary>
    public static async Task RunAsync(string program, IReadOnlyList<string> arguments)
    {
        var (exitCode, output) = await TryRunAsync(program, arguments);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {exitCode}: {output}");
        }
    }

    /// <summary>Runs it; answers how it ended.</summary>
    public static async Task<(int ExitCode, string Output)> TryRunAsync(string program, IReadOnlyList<string> arguments)
    {
        using var process = Start(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>Runs it while the process exits, when nothing may be awaited any more.</summary>
    public static void RunAtExit(string program, IReadOnlyList<string> arguments)
    {
        using var process = Start(program, arguments);
        process.WaitForExit();
    }

    private static Process Start(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    }
}
