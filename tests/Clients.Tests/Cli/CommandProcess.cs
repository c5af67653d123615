using System.Diagnostics;
using System.Text.Json.Nodes;

namespace LifelongApi.Clients.Tests.Cli;

/// <summary>One run of the <c>lifelong</c> command as its user runs it.</summary>
internal sealed record CommandProcess(int ExitCode, string Output, string Error)
{
    /// <summary>The JSON on the last line.</summary>
    public JsonObject Json => JsonNode.Parse(Output.TrimEnd().Split('\n')[^1])!.AsObject();

    public static async Task<CommandProcess> RunAsync(Uri address, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] all = [Path.Combine(AppContext.BaseDirectory, "lifelong.dll"), .. arguments, "--url", address.AbsoluteUri];
        foreach (var argument in all)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove("LIFELONG_API_KEY");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new CommandProcess(process.ExitCode, await output, await error);
    }
}
