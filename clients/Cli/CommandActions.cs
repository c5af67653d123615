using System.CommandLine;
using CsvHelper;
using LifelongApi.Client;

namespace LifelongApi.Cli;

/// <summary>Runs a command's work and tells its failures in words, with the exit code that says what kind it was.</summary>
internal static class CommandActions
{
    internal const int Done = 0;
    internal const int Failed = 1;
    internal const int Interrupted = 130;

    internal static void SetWork(this Command command, Func<ParseResult, CancellationToken, Task<int>> work) =>
        command.SetAction(async (parse, cancellationToken) =>
        {
            try
            {
                return await work(parse, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                await Console.Error.WriteLineAsync("Interrupted.");
                return Interrupted;
            }
            catch (Exception exception) when (Explain(exception) is { } message)
            {
                await Console.Error.WriteLineAsync($"lifelong: {message}");
                return Failed;
            }
        });

    /// <summary>The message of a failure that is not an error of this program; null for one that is.</summary>
    internal static string? Explain(Exception exception) => exception switch
    {
        LifelongException { StatusCode: { } status } refusal => $"{refusal.Message} (HTTP {(int)status})",
        LifelongException or CliException or IOException or InvalidDataException or UnauthorizedAccessException => exception.Message,
        System.Text.Json.JsonException json => $"Not the JSON that was expected: {json.Message}",
        CsvFormatException => exception.Message,
        _ => null,
    };
}
