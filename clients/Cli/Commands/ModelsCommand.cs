using System.CommandLine;
using System.Globalization;
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

            var table = new Table().AddColumns("model", "preset", "role", "status", "position", "version", "classes", "state");
            foreach (var model in models)
            {
                table.AddRow(
                    Markup.Escape(model.Name),
                    Markup.Escape(model.Preset ?? "by hand"),
                    model.Role.ToString(),
                    model.Status.ToString(),
                    string.Create(CultureInfo.InvariantCulture, $"{model.Lineage}:{model.Sequence}"),
                    model.Version.ToString(CultureInfo.InvariantCulture),
                    model.Classes.Count.ToString(CultureInfo.InvariantCulture),
                    string.Create(CultureInfo.InvariantCulture, $"{model.StateBytes / 1024.0:N0} KiB"));
            }

            AnsiConsole.Write(table);
            return CommandActions.Done;
        });
        return command;
    }
}
