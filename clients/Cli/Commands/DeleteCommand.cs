using System.CommandLine;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong delete</c>: deletes a model.</summary>
internal static class DeleteCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Argument<string>("model") { Description = "The model" };
        var command = new Command("delete", "Delete a model") { model };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var name = parse.GetRequiredValue(model);
            await client.DeleteModelAsync(name, cancellationToken);
            Console.WriteLine($"{name} is deleted");
            return CommandActions.Done;
        });
        return command;
    }
}
