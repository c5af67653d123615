using System.Buffers.Binary;
using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Recipes;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Features;

public sealed class EncodedPayloadTests
{
    private static readonly byte[] Hash = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly float[] Output = [0.5f, -0f, float.MaxValue, 1e-40f];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Output_input_label_and_reward_come_back(bool keepInput)
    {
        var payload = PayloadReader.Read(Encoded([1f, 2f, 300f], Output, keepInput, "cat", reward: 0.25));

        Assert.True(payload.IsEncoded);
        Assert.Equal(keepInput ? (FeatureTag.DenseFloats, 3) : (FeatureTag.Encoded, 0), (payload.Features, payload.FeatureCount));
        Assert.Equal(Hash, payload.EncodedBy.EncoderHash.ToArray());
        Assert.Equal("pool", Encoding.UTF8.GetString(payload.EncodedBy.Tensor));
        Assert.Equal("onnxruntime 1.31.1", Encoding.UTF8.GetString(payload.EncodedBy.Runtime));
        Assert.Equal("cat", Encoding.UTF8.GetString(payload.Label));
        Assert.Equal(0.25, payload.Reward);

        var behind = payload.Behind(Hash, "pool"u8);
        Assert.Equal((FeatureTag.DenseFloats, Output.Length), (behind.Features, behind.FeatureCount));
        Assert.Equal("cat", Encoding.UTF8.GetString(behind.Label));
        var cursor = new PayloadCursor(behind.FeatureBytes);
        foreach (var number in Output)
        {
            Assert.Equal(BitConverter.SingleToInt32Bits(number), BitConverter.SingleToInt32Bits(cursor.ReadSingle()));
        }
    }

    [Fact]
    public void Pixels_stay_bytes()
    {
        var payload = PayloadReader.Read(Encoded([0f, 128f, 255f], Output, keepInput: true, null));
        Assert.Equal((FeatureTag.DenseBytes, 3), (payload.Features, payload.FeatureCount));
        Assert.Equal([0, 128, 255], payload.FeatureBytes.ToArray());
    }

    [Fact]
    public void A_payload_that_ends_early_or_holds_another_tag_is_a_corrupt_journal()
    {
        var whole = Encoded([1f, 2f], Output, keepInput: true, "cat");
        for (var length = 0; length < whole.Length; length++)
        {
            // Right after the features there may be no target.
            if (length != whole.Length - 5)
            {
                Assert.Throws<InvalidDataException>(() => PayloadReader.Read(whole.AsSpan(0, length)).FeatureCount);
            }
        }

        var tag = whole.ToArray();
        tag[Array.IndexOf(tag, (byte)FeatureTag.DenseBytes, 60)] = 3;
        Assert.Throws<InvalidDataException>(() => PayloadReader.Read(tag).FeatureCount);
    }

    [Fact]
    public void A_model_behind_an_encoder_is_the_fold_of_the_outputs_and_needs_no_runtime()
    {
        using var behind = new Trial(Spec(Input(Hash)));
        using var plain = new Trial(behind.Model.Spec with { Input = behind.Model.Spec.Input with { Encoder = null } });
        for (var n = 0; n < 60; n++)
        {
            var output = Draw.Normals(4, 1, n);
            plain.Learn(output, n % 3 == 0 ? "a" : "b");
            Apply(behind, Encoded(Draw.Normals(7, 2, n), output, keepInput: n % 2 == 0, n % 3 == 0 ? "a" : "b"));
        }

        Assert.Equal(plain.Hash, behind.Hash);
        Assert.DoesNotContain(Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories), file => Path.GetFileName(file).Contains("onnxruntime", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(typeof(Engine).Assembly.GetReferencedAssemblies(), name => name.Name!.Contains("Onnx", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void A_remembered_prediction_and_a_row_of_a_probe_set_read_the_output_too()
    {
        using var trial = new Trial(Spec(Input(Hash)));
        for (var n = 0; n < 20; n++)
        {
            Apply(trial, Encoded(Draw.Normals(7, 2, n), Draw.Normals(4, 1, n), keepInput: true, n % 3 == 0 ? "a" : "b"));
        }

        var asked = Encoded(Draw.Normals(7, 2, 99), Draw.Normals(4, 1, 99), keepInput: true, label: null);
        trial.Predict(asked);
        var plain = trial.Prediction.Scores[..2];
        trial.Apply(EventKind.Predicted, asked);
        Assert.Equal(plain, trial.Outcome.Prediction.Scores[..2]);

        trial.Model.CheckExample(Encoded(Draw.Normals(7, 2, 99), Draw.Normals(4, 1, 99), keepInput: false, "new"), []);
        Assert.Throws<InvalidDataException>(() => trial.Model.CheckExample(asked, []));
    }

    [Fact]
    public void The_output_of_another_encoder_or_none_changes_nothing()
    {
        using var trial = new Trial(Spec(Input(Hash)));
        Apply(trial, Encoded([1f], [1f, 2f, 3f, 4f], keepInput: true, "a"));
        var before = trial.Hash;

        var other = Encoded([1f], [1f, 2f, 3f, 4f], keepInput: true, "a");
        other[20] ^= 1;
        Assert.Contains("reads another", Assert.Throws<InvalidDataException>(() => Apply(trial, other)).Message, StringComparison.Ordinal);
        Assert.Contains("no encoder's output", Assert.Throws<InvalidDataException>(() => trial.Learn([1f, 2f, 3f, 4f], "a")).Message, StringComparison.Ordinal);
        Assert.Equal(before, trial.Hash);
    }

    [Fact]
    public void A_model_without_an_encoder_reads_the_input_where_it_is_kept()
    {
        using var trial = new Trial(Spec(new InputSpec { Kind = InputKind.Vector, Size = 3, Standardise = Standardisation.PerFeature }));
        Apply(trial, Encoded([1f, 2f, 3f], Output, keepInput: true, "a"));
        Assert.Contains("keepInput", Assert.Throws<InvalidDataException>(() => Apply(trial, Encoded([1f, 2f, 3f], Output, keepInput: false, "a"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_encoder_gives_is_not_written()
    {
        var builder = new PayloadBuilder();
        builder.Sparse([1], [2f]);
        var sparse = builder.Written.ToArray();
        builder.Clear();
        Assert.Throws<ArgumentException>(() => builder.Encoded(Features(Output), PayloadReader.Read(sparse), keepInput: true));
    }

    private static ModelSpec Spec(InputSpec input) =>
        Presets.Expand(new CreateModelRequest { Preset = "classifier", Input = input });

    private static InputSpec Input(byte[] hash) => new()
    {
        Kind = InputKind.Vector,
        Size = 4,
        Standardise = Standardisation.PerFeature,
        Encoder = new EncoderSpec { Name = "net", Hash = $"sha256:{Convert.ToHexStringLower(hash)}", Features = "pool", Type = TensorType.Float32, Shape = [7] },
    };

    private static void Apply(Trial trial, byte[] payload) => trial.Apply(EventKind.Learned, payload);

    private static byte[] Encoded(float[] input, float[] output, bool keepInput, string? label, double? reward = null)
    {
        var received = new PayloadBuilder();
        received.Dense(input);
        if (label is not null)
        {
            received.Label(Encoding.UTF8.GetBytes(label));
        }

        if (reward is { } value)
        {
            received.Reward(value);
        }

        var builder = new PayloadBuilder();
        builder.Encoded(Features(output), PayloadReader.Read(received.Written.Span), keepInput);
        return builder.Written.ToArray();
    }

    private static EncodedFeatures Features(float[] output)
    {
        var bytes = new byte[output.Length * sizeof(float)];
        for (var i = 0; i < output.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), output[i]);
        }

        return new EncodedFeatures { EncoderHash = Hash, Tensor = "pool"u8, Runtime = "onnxruntime 1.31.1"u8, Bytes = bytes };
    }
}
