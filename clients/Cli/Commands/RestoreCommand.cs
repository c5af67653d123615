using System.CommandLine;
using LifelongApi.Cli.Output;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong restore</c>: takes a model back to a version.</summary>
internal static class RestoreCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Argument<string>("model") { Description = "The model" };
        var version = new Argument<int>("version") { Description = "Number of the version" };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON" };
        var command = new Command("restore", "Take a model back to a stored version, bit for bit") { model, version, json };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var result = await client.RestoreAsync(parse.GetRequiredValue(model), parse.GetRequiredValue(version), cancellationToken);
            await (parse.GetValue(json)
                ? JsonOutput.WriteAsync(result)
                : Console.Out.WriteLineAsync($"{result.Model} is at version {result.Version}, position {result.Position}, {result.StateHash}"));
            return CommandActions.Done;
        });
        return command;
    }
}
