using System.Diagnostics;
using System.Text.Json;

namespace LifelongApi.EndToEnd.Tests.Harness;

/// <summary>What a run of the real <c>lifelong</c> command left behind.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    // Ends a test that would else hang for ever on a command that does not end.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>The one object that <c>--json</c> prints on the last line.</summary>
    public JsonElement Json()
    {
        Assert.True(ExitCode == 0, $"lifelong ended with {ExitCode}.\n{Output}\n{Error}");
        var last = Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1];
        return JsonDocument.Parse(last).RootElement.Clone();
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<CliRun> RunAsync(params string[] arguments)
    {
        using var process = new Process { StartInfo = BuiltProgram.Cli.StartInfo(Path.GetTempPath(), arguments) };
        process.Start();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
            return new CliRun(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
