using System.CommandLine;
using LifelongApi.Cli.Output;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong promote</c>: makes a follower the leader of its stream.</summary>
internal static class PromoteCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Argument<string>("challenger") { Description = "The follower" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("promote", "Make a follower the leader of its stream; the leader follows") { model, json };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var result = await client.PromoteAsync(parse.GetRequiredValue(model), cancellationToken);
            await (parse.GetValue(json) ? JsonOutput.WriteAsync(result) : Console.Out.WriteLineAsync($"{result.Leader} leads {result.Stream} at {result.Position}, {result.Follower} follows"));
            return CommandActions.Done;
        });
        return command;
    }
}
