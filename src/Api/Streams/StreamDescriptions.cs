using LifelongApi.Api.OpenApi;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Streams;
using static LifelongApi.Api.OpenApi.DescribedEndpoints;

namespace LifelongApi.Api.Streams;

/// <summary>What the documentation says about streams.</summary>
internal static class StreamDescriptions
{
    private static readonly DescribedParameter Key = new("Idempotency-Key", true, "Id of the boundary event: sent again, it changes nothing.", "january-begins");

    public static OperationDescription List { get; } = new("List streams", "By name.")
    {
        Parameters = Paging,
        Answers = [Ok<Page<StreamInfo>>("A page.", Samples.Page(Samples.Stream))],
        Problems = [400],
    };

    public static OperationDescription Get { get; } = new("Get a stream", "With its counts, its open task and the models that learn from it.")
    {
        Answers = [Ok<StreamInfo>("The stream.", Samples.Stream)],
        Problems = [404],
    };

    public static OperationDescription ListTasks { get; } = new("List the tasks of a stream", "In order of first appearance, each with every segment it was open for.")
    {
        Answers = [Ok<Page<TaskInfo>>("The tasks.", """{"items":[{"name":"january","segments":[{"beganAt":1,"endedAt":900,"cause":"given"}]}]}""")],
        Problems = [404],
    };

    public static OperationDescription Begin { get; } = new("Begin a task", "Ends the task that is open, if another is, and journals the boundary.")
    {
        Parameters = [Key],
        Answers = [Ok<TaskBoundary>("The boundary.", """{"task":"january","status":"began","position":"1:901","consolidated":false}""")],
        Problems = [400, 404],
    };

    public static OperationDescription End { get; } = new("End a task", "Journals the boundary; models consolidate what they learned in the task.")
    {
        Parameters = [Key],
        Answers = [Ok<TaskBoundary>("The boundary.", """{"task":"january","status":"ended","position":"1:1800","consolidated":true}""")],
        Problems = [400, 404, 409],
    };
}
