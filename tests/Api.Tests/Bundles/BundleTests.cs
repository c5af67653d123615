using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LifelongApi.Api.Bundles;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.Tests.Hosting;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Onnx.Runtime;
using LifelongApi.Testing;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Bundles;

public sealed class BundleTests
{
    private const long Budget = 1L << 30;

    public static TheoryData<string, string> Pairs => new() { { "sqlite", "postgres" }, { "postgres", "sqlite" }, { "sqlite", "sqlite" } };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_imported_model_is_the_same_goes_on_the_same_and_knows_the_ids(string from, string to)
    {
        await using var here = await OpenAsync(from);
        await using var there = await OpenAsync(to);
        await CreateNamedAsync(here, "source");
        await here.LearnAsync("source", Named(0, 40, task: "winter"));
        var bundle = await ExportAsync(here, "source");
        var original = await here.Models.GetAsync("source", Token);

        var imported = await there.Models.ImportAsync("copy", new MemoryStream(bundle), Token);
        Assert.Equal((original.StateHash, original.Sequence, 1, ModelRole.Leader), (imported.StateHash, imported.Sequence, imported.Lineage, imported.Role));
        Assert.Equal(original.Classes, imported.Classes);
        Assert.Equal(Text(await here.Models.GetMetricsAsync("source", false, Token)), Text(await there.Models.GetMetricsAsync("copy", false, Token)));

        // What the original learned is a duplicate; the task is still open; the same events give the same bytes.
        var again = await there.LearnAsync("copy", Named(0, 40, task: "winter"));
        Assert.All(again, result => Assert.Equal(LearnStatus.Duplicate, result.Status));
        Assert.Equal(original.StateHash, await there.HashAsync("copy"));
        var (left, right) = (await here.LearnAsync("source", Named(40, 30, task: "winter")), await there.LearnAsync("copy", Named(40, 30, task: "winter")));
        Assert.Equal(left.Select(result => result.Sequence), right.Select(result => result.Sequence));
        Assert.Equal(await here.HashAsync("source"), await there.HashAsync("copy"));

        // A restart finds it, a restore of its first version brings back what was imported, and its own bundle goes on in turn.
        await there.RestartAsync();
        Assert.Equal(await here.HashAsync("source"), await there.HashAsync("copy"));
        await there.Models.RestoreAsync("copy", 1, null, Token);
        Assert.Equal(original.StateHash, await there.HashAsync("copy"));
        Assert.Equal(LearnStatus.Duplicate, (await there.LearnAsync("copy", Named(3, 1, task: "winter")))[0].Status);
        Assert.Equal(LearnStatus.Learned, (await there.LearnAsync("copy", Named(45, 1, task: "winter")))[0].Status);
        await there.Models.ImportAsync("grandchild", new MemoryStream(await ExportAsync(there, "copy")), Token);
        Assert.Equal(await there.HashAsync("copy"), await there.HashAsync("grandchild"));
        Assert.Equal(LearnStatus.Duplicate, (await there.LearnAsync("grandchild", Named(3, 1, task: "winter")))[0].Status);
        Assert.Equal(LearnStatus.Duplicate, (await there.LearnAsync("grandchild", Named(45, 1, task: "winter")))[0].Status);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Probe_sets_go_along_unless_they_are_left_out(string from, string to)
    {
        await using var here = await OpenAsync(from);
        await using var there = await OpenAsync(to);
        await CreateNamedAsync(here, "source");
        await here.LearnAsync("source", Named(0, 40, task: "winter"));
        using (var lease = await here.Models.AcquireLeaderAsync("source", Token))
        {
            await here.Models.PutProbeAsync(lease, "winter", [.. Named(100, 30).Select(row => row(lease.Names))], "me");
            await here.Models.PutProbeAsync(lease, "summer", [.. Named(200, 3).Select(row => row(lease.Names))], null);
        }

        await there.Models.ImportAsync("copy", new MemoryStream(await ExportAsync(here, "source")), Token);
        foreach (var task in new[] { "winter", "summer" })
        {
            var (sent, arrived) = (await here.Models.GetProbeAsync("source", task, Token), await there.Models.GetProbeAsync("copy", task, Token));
            Assert.Equal((sent.Hash, sent.RowCount, sent.CreatedAt), (arrived.Hash, arrived.RowCount, arrived.CreatedAt));
            Assert.Equal(Json(sent.Rows), Json(arrived.Rows));
        }

        var (left, right) = (await here.Models.GetMetricsAsync("source", true, Token), await there.Models.GetMetricsAsync("copy", true, Token));
        Assert.Equal(left.Scenario!.Now.Scores, right.Scenario!.Now.Scores);

        var bare = new MemoryStream();
        await (await here.Models.ExportAsync("source", null, true, false, Token)).WriteAsync(bare, Token);
        bare.Position = 0;
        await there.Models.ImportAsync("bare", bare, Token);
        Assert.Equal(404, (await Assert.ThrowsAsync<ProblemException>(() => there.Models.GetProbeAsync("bare", "winter", Token))).Status);
    }

    [Fact]
    public async Task Probe_sets_that_cannot_be_are_refused()
    {
        var content = await ReadAsync(await SmallAsync());
        byte[] row = [.. Named(1, 1).Select(make => make(new Fakes.FakeNames()).Payload.ToArray()).Single()];
        var lost = row.ToArray();
        lost[3] = 77;
        foreach (var (probes, reason) in new (byte[], string)[]
        {
            (Set("winter", row)[..^1], "not whole"),
            ([.. Set("winter", row), .. Set("winter", row)], "comes twice"),
            (Set("-", row), "cannot be"),
            (Set("winter"), "no rows"),
            (Set("winter", [9, 9, 9]), "format 9"),
            (Set("winter", row[..^4]), "no label"),
            (Set("winter", lost), "dictionary"),
        })
        {
            await RefusedAsync(content, content.Header, reason, probes: probes);
        }

        static byte[] Set(string task, params byte[][] rows)
        {
            var header = BundleProbes.Header(new() { StreamId = 0, Task = task, Hash = default, RowCount = rows.Length, ByteCount = 0, CreatedAt = 7 });
            return [.. header, .. rows.SelectMany(one => (byte[])[.. BitConverter.GetBytes(one.Length), .. one])];
        }
    }

    [Fact]
    public async Task A_state_whose_entities_are_linked_in_a_circle_is_refused()
    {
        await using var house = await OpenAsync("sqlite");
        await house.CreateAsync("m", entities: new EntitiesSpec { Capacity = 4 });
        await house.LearnAsync("m", [.. Enumerable.Range(0, 4).Select(i => Row(i, 1, "up", entity: $"e{i}"))]);
        var content = await ReadAsync(await ExportAsync(house, "m"));
        using var model = LifelongApi.Learning.Model.Create(content.Spec);
        var next = model.Learner.Layout.Slots.Single(slot => slot.Name == "entities.next").Slot;
        var state = content.Image.Bytes.ToArray();
        for (var row = 0; row < 4; row++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan((next.Offset + row) * sizeof(float)), row + 1);
        }

        var image = new LifelongApi.Learning.State.ModelImage(content.Image.Manifest.ToArray(), state);
        await RefusedAsync(content, content.Header with { StateHash = StateHashText.Of(image.StateHash()) }, "table of entities", pages: state);
    }

    [Fact]
    public async Task A_stored_version_is_exported_with_the_ids_that_were_live_there()
    {
        await using var house = await OpenAsync("sqlite");
        await CreateNamedAsync(house, "source");
        await house.LearnAsync("source", Named(0, 20));
        var snapshot = await house.Models.CreateSnapshotAsync("source", new(), Token);
        await house.LearnAsync("source", Named(20, 20));

        await house.Models.ImportAsync("past", new MemoryStream(await ExportAsync(house, "source", snapshot.Version)), Token);

        Assert.Equal(snapshot.StateHash, await house.HashAsync("past"));
        Assert.Equal(LearnStatus.Duplicate, (await house.LearnAsync("past", Named(19, 1)))[0].Status);
        Assert.Equal(LearnStatus.Learned, (await house.LearnAsync("past", Named(20, 1)))[0].Status);
    }

    [Fact]
    public async Task Every_flipped_byte_and_every_cut_is_refused_with_a_reason()
    {
        var bundle = await SmallAsync();
        for (var at = 0; at < bundle.Length; at++)
        {
            var damaged = bundle.ToArray();
            damaged[at] ^= (byte)(1 << (at % 8));
            var refusal = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(damaged));
            Assert.NotEmpty(refusal.Message);
        }

        for (var length = 0; length < bundle.Length; length += 7)
        {
            await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(bundle[..length]));
        }

        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync([.. bundle, 0]));
        Assert.Equal("small", (await ReadAsync(bundle)).Header.Model);
    }

    [Fact]
    public async Task Made_up_files_with_right_hashes_are_refused_before_they_take_memory()
    {
        var content = await ReadAsync(await SmallAsync());
        var header = content.Header;
        await RefusedAsync(content, header with { StateBytes = long.MaxValue }, "beyond");
        await RefusedAsync(content, header with { StateBytes = header.StateBytes + 4 }, "fit");
        await RefusedAsync(content, header with { Engine = "lifelong-0" }, "engine");
        await RefusedAsync(content, header with { StateHash = "sha256:00" }, "hash");
        await RefusedAsync(content, header with { Sequence = -1 }, "position");
        await RefusedAsync(content, header with { Sequence = 2 }, "after the position");
        byte[] key = [3, 3, (byte)'a', (byte)'b', 1, 0, 0, 0, 0, 0, 0, 0];
        await RefusedAsync(content, header, "not whole", ids: key[..^1]);
        await RefusedAsync(content, header, "not whole", ids: [0, .. key[1..]]);
        await RefusedAsync(content, header, "not whole", ids: [74, .. new byte[74], .. key[^8..]]);
        await RefusedAsync(content, header, "two kinds", ids: key, hashes: [.. new byte[16], .. key[^8..]]);
        await RefusedAsync(content, header, "not whole", hashes: new byte[25]);
        await RefusedAsync(content, header with { NameCount = 99 }, "feature names");
        await RefusedAsync(content, header with { Labels = ["other"] }, "class names");
        await RefusedAsync(content, header with { Labels = null! }, "header");
        await RefusedAsync(content, header with { Model = "a\0b" }, "names no model");
        await RefusedAsync(content, header with { OpenTask = new BundleTask("t\0", "id", 1, "{}"u8.ToArray(), 0) }, "open task");
        await RefusedAsync(content, header with { OpenTask = new BundleTask("t", "i\0d", 1, "{}"u8.ToArray(), 0) }, "open task");
        await RefusedAsync(content, header, "preset", spec: ModelRecovery.Write(content.Spec with { Preset = "a\0@1" }));
        await RefusedAsync(content, header, "spec", spec: ModelRecovery.Write(content.Spec).Replace("\"kind\":\"dense\"", "\"kind\":\"no such\"", StringComparison.Ordinal));
        await RefusedAsync(content, header, "spec", spec: ModelRecovery.Write(content.Spec).Replace("\"kind\":\"dense\",", string.Empty, StringComparison.Ordinal).Replace("\"kind\":\"dense\"", string.Empty, StringComparison.Ordinal));
        await RefusedAsync(content, header with { OpenTask = new BundleTask("t", "id", 1, "no json"u8.ToArray(), 0) }, "JSON");
        await RefusedAsync(content, header, "statistics", statistics: [3, 1, 255, 255, 255, 127]);
        await RefusedAsync(content, header, "manifest", manifest: new byte[20]);
        await RefusedAsync(content, header, "names are not whole", names: [255, 255, 1]);
        await RefusedAsync(content, header, "spec", spec: "{}");
        await RefusedAsync(content, header, "spec", spec: "{\"input\":{\"kind\":\"vector\",\"size\":2000000000}}");

        // A frame that says it unpacks to a gigabyte.
        var preamble = (await SmallAsync())[..BundleFormat.PreambleLength];
        var frame = new byte[BundleFormat.FrameHeaderLength + 4];
        "HEAD"u8.CopyTo(frame);
        (frame[4], frame[8]) = (1, 4);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(12), 1u << 30);
        SHA256.HashData([.. frame.AsSpan(0, 16), .. frame.AsSpan(48)]).CopyTo(frame, 16);
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync([.. preamble, .. frame]));
    }

    [Fact]
    public async Task Random_bytes_behind_a_right_beginning_are_refused()
    {
        var bundle = await SmallAsync();
        var random = new Random(5);
        for (var round = 0; round < 300; round++)
        {
            var noise = bundle.ToArray();
            var start = random.Next(BundleFormat.PreambleLength, noise.Length);
            random.NextBytes(noise.AsSpan(start, random.Next(1, noise.Length - start + 1)));
            if (!noise.AsSpan().SequenceEqual(bundle))
            {
                await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(noise));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_refused_import_leaves_nothing_behind_and_a_taken_name_is_a_conflict(string provider)
    {
        await using var house = await OpenAsync(provider);
        var bundle = await SmallAsync();
        var damaged = bundle.ToArray();
        damaged[^40] ^= 1;

        var refusal = await Assert.ThrowsAsync<ProblemException>(() => house.Models.ImportAsync("copy", new MemoryStream(damaged), Token));
        Assert.Equal(400, refusal.Status);
        Assert.Equal(404, (await Assert.ThrowsAsync<ProblemException>(() => house.Models.GetAsync("copy", Token))).Status);
        Assert.Empty((await house.Models.ListStreamsAsync(10, null, Token)).Items);

        await house.Models.ImportAsync("copy", new MemoryStream(bundle), Token);
        Assert.Equal(409, (await Assert.ThrowsAsync<ProblemException>(() => house.Models.ImportAsync("copy", new MemoryStream(bundle), Token))).Status);
        await house.Models.DeleteAsync("copy", Token);
        await house.Models.ImportAsync("copy", new MemoryStream(bundle), Token);
    }

    /// <summary>Bundles of released engines. LIFELONG_WRITE_GOLDEN=1 writes those of this one anew.</summary>
    [Theory]
    [InlineData("lifelong-1", false)]
    [InlineData("lifelong-1-encoder", true)]
    public async Task Golden_bundles_are_still_read_and_go_on_as_they_did(string name, bool hasEncoder)
    {
        await using var house = await OpenAsync("sqlite");
        Func<int, int, Task<IReadOnlyList<LearnResult>>> LearnIn(string model) => (first, count) => hasEncoder ? house.LearnAsync(model, PictureRows(first, count)) : house.LearnAsync(model, Named(first, count, "winter"));
        if (Environment.GetEnvironmentVariable("LIFELONG_WRITE_GOLDEN") == "1")
        {
            await (hasEncoder ? CreatePicturesAsync(house, "source", "golden-net") : CreateNamedAsync(house, "source"));
            await LearnIn("source")(0, 24);
            var bytes = await ExportAsync(house, "source");
            var before = await house.HashAsync("source");
            await LearnIn("source")(24, 10);
            foreach (var folder in new[] { Path.Combine(AppContext.BaseDirectory, "Bundles"), Path.GetDirectoryName(ThisFile())! })
            {
                await File.WriteAllBytesAsync(Path.Combine(folder, name + ".bundle"), bytes, Token);
                await File.WriteAllLinesAsync(Path.Combine(folder, name + ".bundle.hash"), [before, await house.HashAsync("source")], Token);
            }
        }

        var path = Path.Combine(AppContext.BaseDirectory, "Bundles", name + ".bundle");
        var hashes = await File.ReadAllLinesAsync(path + ".hash", Token);
        await using var file = File.OpenRead(path);
        var imported = await house.Models.ImportAsync("golden", file, Token);
        Assert.Equal(hashes[0], imported.StateHash);
        Assert.All(await LearnIn("golden")(0, 24), result => Assert.Equal(LearnStatus.Duplicate, result.Status));
        Assert.All(await LearnIn("golden")(24, 10), result => Assert.Equal(LearnStatus.Learned, result.Status));
        Assert.Equal(hashes[1], await house.HashAsync("golden"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task The_file_of_an_encoder_goes_along_and_is_stored_once(string from, string to)
    {
        await using var here = await OpenAsync(from);
        await using var there = await OpenAsync(to);
        await CreatePicturesAsync(here, "pictures", "tiny");
        await here.LearnAsync("pictures", PictureRows(0, 20));
        var bundle = await ExportAsync(here, "pictures");
        await there.Encoders.PutAsync("tiny", TinyNetwork.Bytes(batch: 1), Token);

        var imported = await there.Models.ImportAsync("abroad", new MemoryStream(bundle), Token);

        // Another file has the name there, and keeps it.
        Assert.Equal(await here.HashAsync("pictures"), imported.StateHash);
        var hash = imported.Spec!.Input.Encoder!.Hash!;
        var stored = await there.Encoders.GetAsync(hash, Token);
        Assert.Equal($"tiny-{hash["sha256:".Length..][..8]}", stored.Name);
        Assert.Equal(TinyNetwork.Bytes().Length, stored.Bytes);
        Assert.Equal(409, (await Assert.ThrowsAsync<ProblemException>(() => there.Encoders.DeleteAsync(stored.Name, Token))).Status);
        await there.Models.ImportAsync("again", new MemoryStream(bundle), Token);
        Assert.Equal(2, (await there.Encoders.ListAsync(Token)).Count);

        // Both go on to the same bytes, through the encoder.
        await here.LearnAsync("pictures", PictureRows(20, 15));
        await there.LearnAsync("abroad", PictureRows(20, 15));
        Assert.Equal(await here.HashAsync("pictures"), await there.HashAsync("abroad"));
        using var encoder = await there.Encoders.TakeAsync(imported.Spec.Input.Encoder, Token);
        Assert.Equal(TinyNetwork.HiddenCount, encoder.Encoder.Session.FeatureCount);
    }

    [Fact]
    public async Task Without_the_file_of_its_encoder_a_model_is_taken_only_where_the_encoder_is()
    {
        await using var here = await OpenAsync("sqlite");
        await using var there = await OpenAsync("sqlite");
        await CreatePicturesAsync(here, "pictures", "tiny");
        await here.LearnAsync("pictures", PictureRows(0, 5));
        var export = await here.Models.ExportAsync("pictures", null, false, true, Token);
        var target = new MemoryStream();
        await export.WriteAsync(target, Token);

        var refusal = await Assert.ThrowsAsync<ProblemException>(() => there.Models.ImportAsync("abroad", new MemoryStream(target.ToArray()), Token));
        Assert.Equal(400, refusal.Status);
        Assert.Contains("Upload it first", refusal.Errors!["bundle"][0], StringComparison.Ordinal);
        Assert.Empty((await there.Models.ListStreamsAsync(10, null, Token)).Items);

        await there.Encoders.PutAsync("other-name", TinyNetwork.Bytes(), Token);
        Assert.Equal(await here.HashAsync("pictures"), (await there.Models.ImportAsync("abroad", new MemoryStream(target.ToArray()), Token)).StateHash);

        // The file of another network under the same header is none of the model's.
        var content = await ReadAsync(await ExportAsync(here, "pictures"));
        await RefusedAsync(content, content.Header, "not the one that the spec names", encoder: TinyNetwork.Bytes(batch: 1));
        await RefusedAsync(content, content.Header with { Encoder = null }, "does not name", encoder: TinyNetwork.Bytes());
    }

    [Fact]
    public async Task A_model_that_has_grown_units_goes_along_and_its_diff_counts_what_was_added()
    {
        await using var here = await OpenAsync("sqlite");
        await using var there = await OpenAsync("postgres");
        await here.Models.CreateAsync("growing", UnitGrowthTests.Request(), Token);
        await here.LearnAsync("growing", GrowingRows(0, 40));
        var small = await here.Models.CreateSnapshotAsync("growing", new(), Token);
        await here.LearnAsync("growing", GrowingRows(40, 360));
        var large = await here.Models.CreateSnapshotAsync("growing", new(), Token);

        var diff = await here.Models.DiffAsync("growing", small.Version, large.Version, Token);
        Assert.Contains(diff.ChangedSlots, slot => slot.Added > 0);
        var imported = await there.Models.ImportAsync("grown", new MemoryStream(await ExportAsync(here, "growing")), Token);
        Assert.Equal(large.StateHash, imported.StateHash);
        await here.LearnAsync("growing", GrowingRows(400, 20));
        await there.LearnAsync("grown", GrowingRows(400, 20));
        Assert.Equal(await here.HashAsync("growing"), await there.HashAsync("grown"));
    }

    [Fact]
    public async Task A_follower_is_exported_too_and_leads_where_it_arrives()
    {
        await using var house = await OpenAsync("sqlite");
        await house.CreateAsync("leader");
        await house.LearnAsync("leader", Rows(60));
        await house.CreateAsync("shadow", follow: "leader");
        await house.LearnAsync("leader", Rows(10, 60));
        while ((await house.Models.GetAsync("shadow", Token)).Sequence < 70)
        {
            await Task.Yield();
        }

        var imported = await house.Models.ImportAsync("own", new MemoryStream(await ExportAsync(house, "shadow")), Token);

        Assert.Equal((await house.HashAsync("leader"), ModelRole.Leader, "own"), (imported.StateHash, imported.Role, imported.Stream));
        Assert.All(await house.LearnAsync("own", Rows(70)), result => Assert.Equal(LearnStatus.Duplicate, result.Status));
        await house.LearnAsync("leader", Rows(10, 70));
        await house.LearnAsync("own", Rows(10, 70));
        Assert.Equal(await house.HashAsync("leader"), await house.HashAsync("own"));
    }

    [Fact]
    public async Task A_diff_says_which_slots_changed_and_by_how_much()
    {
        await using var house = await OpenAsync("sqlite");
        await CreateNamedAsync(house, "source");
        await house.LearnAsync("source", Named(0, 20));
        var first = await house.Models.CreateSnapshotAsync("source", new(), Token);
        await house.LearnAsync("source", Named(20, 1));
        var second = await house.Models.CreateSnapshotAsync("source", new(), Token);

        var same = await house.Models.DiffAsync("source", first.Version, first.Version, Token);
        Assert.True(same.IsSame);
        Assert.Empty(same.ChangedSlots);
        Assert.Equal(0, same.ChangedPages);

        var diff = await house.Models.DiffAsync("source", first.Version, second.Version, Token);
        Assert.False(diff.IsSame);
        Assert.True(diff.ChangedPages > 0);
        var weights = Assert.Single(diff.ChangedSlots, slot => slot.Slot == "readout.weights");
        Assert.Equal("read", weights.Region);
        Assert.InRange(weights.Changed, 1, weights.Length);
        Assert.InRange(weights.MaxAbs!.Value, 0, weights.L2!.Value + 1e-12);
        Assert.True(weights.L2 <= Math.Sqrt(weights.Changed) * weights.MaxAbs * 1.0000001);
        var clock = Assert.Single(diff.ChangedSlots, slot => slot.Slot == "clock.steps");
        Assert.Null(clock.L2);
        Assert.Equal(404, (await Assert.ThrowsAsync<ProblemException>(() => house.Models.DiffAsync("source", 1, 99, Token))).Status);
    }

    private static async Task CreateNamedAsync(House house, string name) => await house.Models.CreateAsync(
        name,
        new CreateModelRequest
        {
            Input = new InputSpec { Kind = InputKind.Named, HashBits = 4, Standardise = Standardisation.PerFeature },
            Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 8 },
            Network = new NetworkSpec
            {
                Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
                Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = 0.1f }] }],
                Head = new SoftmaxHeadSpec(),
                Maintenance = [new ReplaySpec { Capacity = 6, PerEvent = 1 }],
            },
        },
        Token);

    private static async Task CreatePicturesAsync(House house, string model, string encoder)
    {
        await house.Encoders.PutAsync(encoder, TinyNetwork.Bytes(), Token);
        var request = new CreateModelRequest
        {
            Preset = "classifier",
            Input = new InputSpec { Kind = InputKind.Vector, Encoder = new EncoderSpec { Name = encoder, Features = "hidden" } },
        };
        await house.Models.CreateAsync(model, request, Token);
    }

    /// <summary>Pictures as admission leaves them: the input and what the encoder made of it.</summary>
    private static List<LearnInput> PictureRows(int first, int count)
    {
        var encoder = new EncoderSpec { Name = "tiny", Hash = EncoderSpec.HashPrefix + Convert.ToHexStringLower(SHA256.HashData(TinyNetwork.Bytes())), Features = "hidden" };
        return [.. Enumerable.Range(first, count).Select(i =>
        {
            var builder = new PayloadBuilder();
            builder.Dense(TinyNetwork.Input(i));
            var label = i % 3 == 0 ? "cat" : "dog";
            builder.Label(Encoding.UTF8.GetBytes(label));
            float[] hidden = [.. TinyNetwork.Hidden(TinyNetwork.Input(i)).Select(value => (float)value)];
            return new LearnInput { Payload = Payloads.Encoded(encoder, "onnxruntime 1", builder.Written.Span, hidden), Label = label, HasTarget = true, EventId = $"picture-{i}" };
        })];
    }

    private static List<LearnInput> GrowingRows(int first, int count) => [.. Enumerable.Range(first, count).Select(UnitGrowthTests.Surprising)];

    private static string ThisFile([System.Runtime.CompilerServices.CallerFilePath] string path = "") => path;

    /// <summary>Events of two named features with ids, whatever the dictionary of the stream.</summary>
    private static List<Func<IFeatureNames, LearnInput>> NamedRows(int first, int count, string? task) =>
    [
        .. Enumerable.Range(first, count).Select(i => (Func<IFeatureNames, LearnInput>)(names =>
        {
            var builder = new PayloadBuilder();
            builder.BeginNamed();
            builder.Named(names.GetOrAdd("amount"u8), Math.Sin(i));
            builder.Named(names.GetOrAdd(Encoding.UTF8.GetBytes(i % 3 == 0 ? "länge" : "other")), (double)(i % 5));
            builder.EndNamed();
            var label = Math.Sin(i) > 0 ? "up" : "down";
            builder.Label(Encoding.UTF8.GetBytes(label));
            return new LearnInput { Payload = builder.Written.ToArray(), Label = label, HasTarget = true, EventId = $"named-{i}", Task = task };
        })),
    ];

    private static Func<IFeatureNames, LearnInput>[] Named(int first, int count, string? task = null) => [.. NamedRows(first, count, task)];

    private static string Text(ModelMetrics metrics) => Json(metrics);

    private static string Json<T>(T value) => System.Text.Json.JsonSerializer.Serialize(value, Contracts.ContractJson.Options);

    private static async Task<byte[]> ExportAsync(House house, string name, int? version = null)
    {
        var export = await house.Models.ExportAsync(name, version, true, true, Token);
        var target = new MemoryStream();
        await export.WriteAsync(target, Token);
        return target.ToArray();
    }

    private static async Task<byte[]> SmallAsync()
    {
        await using var house = await OpenAsync("sqlite");
        await CreateNamedAsync(house, "small");
        await house.LearnAsync("small", Named(0, 12));
        return await ExportAsync(house, "small");
    }

    private static Task<BundleContent> ReadAsync(byte[] bytes) => BundleContent.ReadAsync(new MemoryStream(bytes), Budget, Budget, Token);

    private static async Task RefusedAsync(
        BundleContent content, BundleHeader header, string reason, byte[]? statistics = null, byte[]? manifest = null, byte[]? names = null, string? spec = null, byte[]? encoder = null, byte[]? probes = null, byte[]? pages = null, byte[]? ids = null, byte[]? hashes = null)
    {
        var target = new MemoryStream();
        using var writer = new BundleWriter(target);
        await writer.BeginAsync(Token);
        await writer.AddAsync(BundleSection.Header, header.Write(), Token);
        await writer.AddAsync(BundleSection.Spec, Encoding.UTF8.GetBytes(spec ?? ModelRecovery.Write(content.Spec)), Token);
        await writer.AddAsync(BundleSection.Manifest, manifest ?? content.Image.Manifest, Token);
        await writer.AddAsync(BundleSection.Statistics, statistics ?? content.Statistics, Token);
        foreach (var name in content.Names)
        {
            var utf8 = Encoding.UTF8.GetBytes(name.Name);
            await writer.AddAsync(BundleSection.Names, names ?? [(byte)utf8.Length, 0, .. utf8], Token);
        }

        await writer.AddAsync(BundleSection.Encoder, encoder ?? content.Encoder, Token);
        await writer.AddAsync(BundleSection.Ids, hashes ?? [], Token);
        await writer.AddAsync(BundleSection.IdKeys, ids ?? [], Token);
        foreach (var id in content.Ids.Where(_ => (ids ?? hashes) is null))
        {
            var sequence = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(sequence, id.Sequence);
            await writer.AddAsync(BundleSection.IdKeys, (byte[])[(byte)id.Key.Length, .. id.Key.Span, .. sequence], Token);
        }

        await writer.AddAsync(BundleSection.Probes, probes ?? [], Token);
        await writer.AddAsync(BundleSection.Pages, pages ?? content.Image.Bytes, Token);
        await writer.EndAsync(Token);
        var refusal = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(target.ToArray()));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }
}

/// <summary>Learning of events whose payload needs the stream's dictionary.</summary>
internal static class NamedLearning
{
    public static async Task<IReadOnlyList<LearnResult>> LearnAsync(this House house, string model, IReadOnlyList<Func<IFeatureNames, LearnInput>> rows)
    {
        using var lease = await house.Models.AcquireAsync(model, Token);
        return await lease.LearnManyAsync([.. rows.Select(row => row(lease.Names))], Token);
    }
}
