using System.CommandLine;
using LifelongApi.Cli;
using LifelongApi.Cli.Commands;
using LifelongApi.Cli.Output;

var connection = new ConnectionOptions();
var root = new RootCommand("Models that keep learning: create them, feed them, ask them, take them back.")
{
    ModelsCommand.Create(connection),
    CreateCommand.Create(connection),
    PredictCommand.Create(connection),
    LearnCommand.Create(connection),
    FeedbackCommand.Create(connection),
    IngestCommand.Create(connection),
    EvaluateCommand.Create(connection),
    ProbeCommand.Create(connection),
    EncodersCommand.Create(connection),
    OnnxCommand.Create(connection),
    SnapshotsCommand.Create(connection),
    RestoreCommand.Create(connection),
    DiffCommand.Create(connection),
    BundleCommands.Export(connection),
    BundleCommands.Import(connection),
    CompareCommand.Create(connection),
    PromoteCommand.Create(connection),
    ReplayCommand.Create(connection),
    EventsCommand.Create(connection),
    WatchCommand.Create(connection),
    MetricsCommand.Create(connection),
    DeleteCommand.Create(connection),
};
connection.AddTo(root);
PlainTable.UseWidthOfOutput();

// The default handler would print a stack trace; failures are told in words (see CommandActions).
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
