using System.CommandLine;
using LifelongApi.Cli.Output;
using Spectre.Console;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong metrics</c>: shows a model's prequential metrics once.</summary>
internal static class MetricsCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Argument<string>("model") { Description = "The model" };
        var json = new Option<bool>("--json") { Description = "Print the metrics as JSON" };
        var command = new Command("metrics", "Show how well a model predicted before it learned, and the accuracy matrix of its tasks") { model, json };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var name = parse.GetRequiredValue(model);
            var metrics = await client.GetMetricsAsync(name, cancellationToken);
            if (parse.GetValue(json))
            {
                await JsonOutput.WriteAsync(metrics);
            }
            else
            {
                AnsiConsole.Write(MetricsTable.Render(name, metrics));
                if (metrics.Scenario is { } scenario)
                {
                    AnsiConsole.Write(ScenarioTable.Render(scenario));
                }
            }

            return CommandActions.Done;
        });
        return command;
    }
}
