using System.CommandLine;
using LifelongApi.Cli.Output;
using Spectre.Console;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong watch</c>: shows a model's metrics as they change.</summary>
internal static class WatchCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Argument<string>("model") { Description = "The model" };
        var interval = new Option<double>("--interval") { Description = "Seconds between two looks", DefaultValueFactory = _ => 1 };
        var count = new Option<int?>("--count") { Description = "Looks to take [default: until Ctrl-C]" };
        var command = new Command("watch", "Show a model's metrics as they change, until Ctrl-C") { model, interval, count };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse, TimeSpan.FromSeconds(30));
            var name = parse.GetRequiredValue(model);
            var wait = TimeSpan.FromSeconds(Math.Max(0.1, parse.GetValue(interval)));
            var looks = parse.GetValue(count) ?? int.MaxValue;
            var first = await client.GetMetricsAsync(name, withScenario: false, cancellationToken);
            try
            {
                if (Console.IsOutputRedirected)
                {
                    Console.WriteLine(MetricsTable.Line(name, first));
                    for (var look = 1; look < looks; look++)
                    {
                        await Task.Delay(wait, cancellationToken);
                        Console.WriteLine(MetricsTable.Line(name, await client.GetMetricsAsync(name, withScenario: false, cancellationToken)));
                    }

                    return CommandActions.Done;
                }

                await AnsiConsole.Live(MetricsTable.Render(name, first)).StartAsync(async live =>
                {
                    live.Refresh();
                    for (var look = 1; look < looks; look++)
                    {
                        await Task.Delay(wait, cancellationToken);
                        live.UpdateTarget(MetricsTable.Render(name, await client.GetMetricsAsync(name, withScenario: false, cancellationToken)));
                    }
                });
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // Ctrl-C is how watching ends.
                return CommandActions.Done;
            }

            return CommandActions.Done;
        });
        return command;
    }
}
