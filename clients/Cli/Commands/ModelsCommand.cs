using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LifelongApi.Cli.Output;
using LifelongApi.Contracts.Models;
using Spectre.Console;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong models</c>: lists the models.</summary>
internal static class ModelsCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var json = new Option<bool>("--json") { Description = "Print a JSON array" };
        var command = new Command("models", "List the models") { json };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var models = new List<ModelInfo>();
            await foreach (var model in client.ListModelsAsync(cancellationToken))
            {
                models.Add(model);
            }

            if (parse.GetValue(json))
            {
                await JsonOutput.WriteAsync(models);
                return CommandActions.Done;
            }

            AnsiConsole.Write(PlainTable.Of(null, ["model", "preset", "role", "status", "position", "version", "classes", "KiB of state"], [.. models.Select(Row)]));
            return CommandActions.Done;
        });
        return command;
    }

    // A closed model does not say how many classes it has: listing opens nothing.
    private static string[] Row(ModelInfo model) =>
    [
        model.Name,
        model.Preset ?? "by hand",
        JsonNamingPolicy.CamelCase.ConvertName(model.Role.ToString()),
        JsonNamingPolicy.CamelCase.ConvertName(model.Status.ToString()),
        string.Create(CultureInfo.InvariantCulture, $"{model.Lineage}:{model.Sequence}"),
        model.Version.ToString(CultureInfo.InvariantCulture),
        model.Status == ModelStatus.Open ? model.Classes.Count.ToString(CultureInfo.InvariantCulture) : "",
        (model.StateBytes / 1024).ToString("N0", CultureInfo.InvariantCulture),
    ];
}
