using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using LifelongApi.Api.Learning;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Api.Tests.Http;

public sealed class LearnResultJsonTests
{
    private static readonly LearnResult Whole = new()
    {
        Status = LearnStatus.Learned,
        EventId = "a \"quoted\" id <é>",
        Position = "1:9007199254740993",
        Sequence = long.MaxValue,
        Prediction = new Prediction
        {
            Label = "naïve \\ <b>",
            Abstained = true,
            Probability = 0.1f,
            Probabilities = new Dictionary<string, float> { ["naïve \\ <b>"] = 0.1f, [""] = 1e-30f, ["\u0001"] = -0f },
            Values = [1.5f, -3.4e38f, float.Epsilon],
            Explanation = new Explanation { Score = 1f, Baseline = 0.5f, Interaction = 0f, Considered = 1, Features = 2, Contributions = [] },
            Score = 16777216f,
            IsAnomaly = false,
            Surprise = 1f / 3f,
            EntityKnown = true,
            Context = int.MaxValue,
        },
        Loss = 0.69314718f,
        Plasticity = new Dictionary<string, float> { ["input-hidden"] = 1e-8f },
        Modulators = new Dictionary<string, float>(),
        Protection = new Dictionary<string, float> { ["input-hidden"] = 0f, ["hidden-output"] = 1f },
        Balance = 2f,
        EntityKnown = false,
        Drift = ["adwin"],
        Feedback = new FeedbackInfo { EventId = "earlier", Sequence = 3, Eligibility = "recomputed", DelaySeconds = 1.5, Cause = "given" },
        Reason = "weights <would> overflow",
        Error = new Problem { Type = "urn:x", Title = "Bad", Status = 400, Extensions = new Dictionary<string, object?> { ["row"] = 7 } },
        DurableSequence = 0,
    };

    [Fact]
    public void Every_property_is_written_as_the_serializer_writes_it()
    {
        // A property that is added to the contract must be given a value here, or this test would not see that it is left out.
        AssertIsWhole(Whole);
        AssertIsWhole(Whole.Prediction!);
        Assert.Equal(JsonSerializer.Serialize(Whole, AnswerJson.Options), Written(writer => LearnResultJson.Write(writer, Whole)));
    }

    [Fact]
    public void What_is_null_is_left_out()
    {
        foreach (var status in Enum.GetValues<LearnStatus>())
        {
            var bare = new LearnResult { Status = status };
            Assert.Equal(JsonSerializer.Serialize(bare, AnswerJson.Options), Written(writer => LearnResultJson.Write(writer, bare)));
            var empty = new LearnResult { Status = status, Prediction = new Prediction() };
            Assert.Equal(JsonSerializer.Serialize(empty, AnswerJson.Options), Written(writer => LearnResultJson.Write(writer, empty)));
        }
    }

    [Fact]
    public void A_batch_is_written_as_the_serializer_writes_it()
    {
        var batch = new LearnBatchResponse { Results = [Whole, new LearnResult { Status = LearnStatus.Skipped, Reason = "no" }], Position = "3:12" };
        Assert.Equal(JsonSerializer.Serialize(batch, AnswerJson.Options), Written(writer => LearnResultJson.Write(writer, batch)));
        Assert.All(typeof(LearnBatchResponse).GetProperties(BindingFlags.Public | BindingFlags.Instance), property => Assert.Contains(property.Name, (string[])["Results", "Position"]));
    }

    private static void AssertIsWhole<T>(T value) => Assert.All(typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance), property => Assert.NotNull(property.GetValue(value)));

    private static string Written(Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, AnswerJson.Writer))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
