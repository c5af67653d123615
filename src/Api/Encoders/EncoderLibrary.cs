using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using LifelongApi.Onnx;
using LifelongApi.Onnx.Files;
using LifelongApi.Onnx.Runtime;
using LifelongApi.Storage.Encoders;

namespace LifelongApi.Api.Encoders;

/// <summary>Uploaded encoders: kept in the store by the hash of their file, opened when a model wants them.</summary>
internal sealed class EncoderLibrary : IDisposable
{
    private const int MostTensors = 2000;
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");
    private readonly HostingContext _context;
    private readonly EncoderShelf _shelf;

    /// <summary>Creates a library over the store.</summary>
    public EncoderLibrary(HostingContext context)
    {
        _context = context;
        var options = new EncoderOptions { MemoryBytes = context.Options.EncoderMemoryBytes, Timeout = TimeSpan.FromSeconds(context.Options.EncoderSeconds) };
        _shelf = new EncoderShelf((hash, cancellation) => context.Store.Encoders.ReadAsync(Bytes(hash), cancellation), options, context.Options.OpenEncoders);
    }

    /// <summary>Inspects, tries and stores a file. The same file under the same name again answers what is there.</summary>
    /// <exception cref="ProblemException">400 where it cannot serve as an encoder; 409 where name or file are taken.</exception>
    public async Task<(EncoderInfo Info, bool Created)> PutAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        var hash = SHA256.HashData(bytes.Span);
        var wanted = New(name, hash, await TryAsync(Describe(name, hash, bytes).Spec, bytes), bytes);
        var (record, created) = await _context.Store.Encoders.SaveAsync(wanted, cancellation);
        if (record.Name != name)
        {
            throw new ProblemException(409, ProblemTypes.AlreadyExists, "Already exists", $"That file is here already, as '{record.Name}'. Use that name.");
        }

        return record.Hash.Span.SequenceEqual(hash)
            ? (Info(record), created)
            : throw new ProblemException(409, ProblemTypes.AlreadyExists, "Already exists", $"The name '{name}' is taken by another file ({Text(record.Hash.Span)}), and models may rest on it. Choose another name.");
    }

    /// <summary>All encoders by name.</summary>
    public async Task<IReadOnlyList<EncoderInfo>> ListAsync(CancellationToken cancellation) =>
        [.. (await _context.Store.Encoders.ListAsync(cancellation)).Select(record => Info(record) with { Tensors = [] })];

    /// <summary>An encoder by name or hash. 404.</summary>
    public async Task<EncoderInfo> GetAsync(string name, CancellationToken cancellation) => Info(await FindAsync(name, cancellation) ?? throw Unknown(name));

    /// <summary>Deletes an encoder that no model uses. 404; 409.</summary>
    public async Task DeleteAsync(string name, CancellationToken cancellation)
    {
        var record = await FindAsync(name, cancellation) ?? throw Unknown(name);
        switch (await _context.Store.Encoders.DeleteAsync(record.Name, Text(record.Hash.Span), cancellation))
        {
            case EncoderDeletion.NotFound: throw Unknown(name);
            case EncoderDeletion.InUse: throw ProblemException.Conflict($"Models stand behind encoder '{record.Name}'. Delete them first.");
        }
    }

    /// <summary>Fills in what a request leaves out of its encoder, and tries it.</summary>
    /// <exception cref="ProblemException">400 that names the field and the fix.</exception>
    public async Task<CreateModelRequest> FillAsync(CreateModelRequest request, CancellationToken cancellation)
    {
        if (request.Input is not { Encoder: { } asked } input)
        {
            return request;
        }

        var record = await FindAsync(asked.Name, cancellation)
            ?? throw ProblemException.Invalid("input.encoder.name", $"There is no encoder '{asked.Name}'. PUT /v1/admin/encoders/{{name}} uploads one.");
        var hash = Text(record.Hash.Span);
        if (asked.Hash is not null && asked.Hash != hash)
        {
            throw ProblemException.Invalid("input.encoder.hash", $"is not that of encoder '{asked.Name}', which is {hash}. Leave it out.");
        }

        var bytes = await _context.Store.Encoders.ReadAsync(record.Hash, cancellation) ?? throw Unknown(asked.Name);
        try
        {
            var spec = EncoderPlan.Fill(OnnxFile.Read(bytes), asked with { KeepInput = asked.KeepInput ?? true }, hash);
            using var lease = await _shelf.TakeAsync(spec, cancellation);
            var count = lease.Encoder.Session.FeatureCount;
            return input.Size is { } size && size != count
                ? throw ProblemException.Invalid("input.size", FormattableString.Invariant($"is {size}, and tensor '{spec.Features}' of encoder '{asked.Name}' has {count} numbers; leave it out."))
                : request with { Input = input with { Size = count, Encoder = spec } };
        }
        catch (OnnxRefusedException refused)
        {
            throw ProblemException.Invalid("input.encoder", refused.Message);
        }
        catch (RuntimeMissingException missing)
        {
            throw Missing(missing);
        }
    }

    /// <summary>The encoder of a model that comes from elsewhere: found here by the hash of its file, or made of the file that came along.</summary>
    /// <param name="input">Input of the model.</param>
    /// <param name="name">Name of the encoder where the model comes from.</param>
    /// <param name="file">Its file; empty: it did not come along.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The encoder to store, or null where its file is here.</returns>
    /// <exception cref="InvalidDataException">There is no such encoder here, or it does not do what the spec says.</exception>
    public async Task<NewEncoder?> AdoptAsync(InputSpec input, string? name, ReadOnlyMemory<byte> file, CancellationToken cancellation)
    {
        var spec = input.Encoder!;
        var hash = Bytes(spec.Hash!);
        var isHere = await _context.Store.Encoders.FindAsync(hash, cancellation) is not null;
        if (!isHere && file.IsEmpty)
        {
            throw new InvalidDataException($"The model stands behind encoder '{spec.Name}' ({spec.Hash}); its file is neither in the bundle nor here. Upload it first (PUT /v1/admin/encoders/{{name}}), or export with the encoder.");
        }

        var bytes = file.IsEmpty ? (await _context.Store.Encoders.ReadAsync(hash, cancellation)).AsMemory() : file;
        try
        {
            var whole = EncoderPlan.Fill(OnnxFile.Read(bytes.Span), spec, spec.Hash!);
            var tried = await TryAsync(whole, bytes);
            if (tried.FeatureCount != input.Size)
            {
                throw new InvalidDataException(FormattableString.Invariant($"Tensor '{whole.Features}' of the encoder has {tried.FeatureCount} numbers where the spec has {input.Size}."));
            }

            return isHere ? null : New(name!, hash, tried, bytes);
        }
        catch (OnnxRefusedException refused)
        {
            throw new InvalidDataException($"The encoder does not fit the spec: {refused.Message}", refused);
        }
        catch (ProblemException missing) when (missing.Status == StatusCodes.Status503ServiceUnavailable)
        {
            // Nothing runs it here, but its events are learned from what it made of them.
            return isHere ? null : New(name!, hash, ("not tried", 0), bytes);
        }
        catch (ProblemException refused)
        {
            throw new InvalidDataException($"The encoder cannot be run: {refused.Message}", refused);
        }
    }

    /// <summary>The file of a model's encoder and the name that it has here.</summary>
    /// <exception cref="ProblemException">409 where it is gone.</exception>
    public async Task<(string Name, ReadOnlyMemory<byte> Bytes)> ReadAsync(EncoderSpec spec, CancellationToken cancellation)
    {
        var hash = Bytes(spec.Hash!);
        return await _context.Store.Encoders.FindAsync(hash, cancellation) is { } record && await _context.Store.Encoders.ReadAsync(hash, cancellation) is { } bytes
            ? (record.Name, bytes)
            : throw ProblemException.Conflict($"The file of encoder '{spec.Name}' ({spec.Hash}) is gone.");
    }

    /// <summary>Opens the encoder of a model.</summary>
    /// <exception cref="ProblemException">409 where its file is gone; 503 where nothing runs it here.</exception>
    public async ValueTask<EncoderLease> TakeAsync(EncoderSpec spec, CancellationToken cancellation)
    {
        try
        {
            return await _shelf.TakeAsync(spec, cancellation);
        }
        catch (OnnxRefusedException refused)
        {
            throw ProblemException.Conflict(refused.Message);
        }
        catch (RuntimeMissingException missing)
        {
            throw Missing(missing);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _shelf.Dispose();

    private NewEncoder New(string name, byte[] hash, (string Runtime, int FeatureCount) tried, ReadOnlyMemory<byte> bytes)
    {
        var info = Describe(name, hash, bytes).Info with { Runtime = tried.Runtime };
        return new NewEncoder(name, hash, info.Runtime, tried.FeatureCount, JsonSerializer.Serialize(info, ContractJson.Options), bytes, _context.Time.Microseconds());
    }

    private static ProblemException Missing(RuntimeMissingException missing) =>
        new(503, ProblemTypes.Unavailable, "Unavailable", missing.Message);

    private static ProblemException Unknown(string name) =>
        ProblemException.NotFound($"There is no encoder '{name}'. PUT /v1/admin/encoders/{{name}} uploads one.");

    private static string Text(ReadOnlySpan<byte> hash) => EncoderSpec.HashPrefix + Convert.ToHexStringLower(hash);

    private static byte[] Bytes(string hash) => Convert.FromHexString(hash.AsSpan(EncoderSpec.HashPrefix.Length));

    private static (EncoderInfo Info, EncoderSpec? Spec) Describe(string name, byte[] hash, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var file = OnnxFile.Read(bytes.Span);
            var info = new EncoderInfo
            {
                Name = name,
                Hash = Text(hash),
                Bytes = bytes.Length,
                Producer = file.Producer,
                Opset = file.Opset,
                Runtime = string.Empty,
                Input = Edge(file.Input),
                Outputs = [.. file.Outputs.Select(Edge)],
                Tensors = [.. file.Tensors.Select(tensor => $"{tensor.Tensor} ({tensor.Operator})").Take(MostTensors)],
                CreatedAt = default,
            };

            // Sizes that the file leaves open come with the model; only then can it be tried.
            var isWhole = file.Input.ExampleShape is { Count: > 0 } shape && shape.All(size => size > 0);
            return (info, isWhole ? EncoderPlan.Fill(file, new EncoderSpec { Name = name }, info.Hash) : null);
        }
        catch (OnnxRefusedException refused)
        {
            throw ProblemException.Invalid("body", refused.Message);
        }
    }

    /// <summary>Runs the first output once on zeros.</summary>
    private async Task<(string Runtime, int FeatureCount)> TryAsync(EncoderSpec? spec, ReadOnlyMemory<byte> bytes)
    {
        if (spec is null)
        {
            return ("not tried", 0);
        }

        try
        {
            using var session = await Task.Run(() => EncoderSession.Open(OnnxFile.Read(bytes.Span), spec, _shelf.Options));
            return (session.Runtime, session.FeatureCount);
        }
        catch (OnnxRefusedException refused)
        {
            throw ProblemException.Invalid("body", refused.Message);
        }
        catch (EncoderInputException refused)
        {
            throw ProblemException.Invalid("body", refused.Message);
        }
        catch (RuntimeMissingException missing)
        {
            throw Missing(missing);
        }
    }

    private static EncoderTensor Edge(OnnxTensor tensor) => new() { Name = tensor.Name, Type = tensor.Type, Shape = tensor.Shape };

    private static EncoderInfo Info(EncoderRecord record) =>
        JsonSerializer.Deserialize<EncoderInfo>(record.Description, ContractJson.Options)! with { Name = record.Name, CreatedAt = Clock.ToTime(record.CreatedAt) };

    private async Task<EncoderRecord?> FindAsync(string name, CancellationToken cancellation) =>
        name.StartsWith(EncoderSpec.HashPrefix, StringComparison.Ordinal)
            ? IsHash(name) ? await _context.Store.Encoders.FindAsync(Bytes(name), cancellation) : null
            : await _context.Store.Encoders.FindAsync(name, cancellation);

    private static bool IsHash(string text) =>
        text.Length == EncoderSpec.HashPrefix.Length + (2 * SHA256.HashSizeInBytes) && text.AsSpan(EncoderSpec.HashPrefix.Length).IndexOfAnyExcept(Digits) < 0;
}
