using System.Reflection;
using LifelongApi.Contracts;
using LifelongApi.Learning;
using LifelongApi.Onnx.Files;
using LifelongApi.Storage;

namespace LifelongApi.Api.Tests;

public sealed class ReferenceDirectionTests
{
    public static TheoryData<Assembly, string[]> Allowed => new()
    {
        { typeof(ContractJson).Assembly, [] },
        { typeof(Engine).Assembly, ["LifelongApi.Contracts"] },
        { typeof(LifelongStore).Assembly, ["LifelongApi.Contracts"] },
        { typeof(OnnxFile).Assembly, ["LifelongApi.Contracts", "LifelongApi.Learning"] },
        { typeof(Program).Assembly, ["LifelongApi.Contracts", "LifelongApi.Learning", "LifelongApi.Onnx", "LifelongApi.Storage"] },
    };

    [Theory, MemberData(nameof(Allowed))]
    public void A_house_knows_only_the_houses_below_it(Assembly house, string[] allowed)
    {
        var own = house.GetReferencedAssemblies().Select(name => name.Name!).Where(name => name.StartsWith("LifelongApi.", StringComparison.Ordinal));
        Assert.Empty(own.Except(allowed));
    }

    [Theory]
    [InlineData(typeof(ContractJson))]
    [InlineData(typeof(Engine))]
    [InlineData(typeof(LifelongStore))]
    [InlineData(typeof(OnnxFile))]
    public void Only_the_service_knows_the_web_and_only_storage_a_database(Type member)
    {
        var references = member.Assembly.GetReferencedAssemblies().Select(name => name.Name!).ToList();
        Assert.DoesNotContain(references, name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
        if (member != typeof(OnnxFile))
        {
            // A model is replayed where nothing runs encoders.
            Assert.DoesNotContain(references, name => name.Contains("Onnx", StringComparison.OrdinalIgnoreCase) || name.Contains("Protobuf", StringComparison.OrdinalIgnoreCase));
        }

        if (member != typeof(LifelongStore))
        {
            Assert.DoesNotContain(references, name => name.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal) || name.StartsWith("Npgsql", StringComparison.Ordinal) || name.StartsWith("Microsoft.Data", StringComparison.Ordinal));
        }
    }
}
